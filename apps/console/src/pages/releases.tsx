import { type ReleaseView, releaseName } from '@flotilla/contracts';
import { Accordion, Button, Group, List, Text } from '@mantine/core';
import { IconStack2 } from '@tabler/icons-react';
import { Link } from 'wouter';
import { useReleases } from '../api/queries.ts';
import { formatNumber, formatShare } from '../format/numbers.ts';
import { formatTime } from '../format/times.ts';
import { EmptyState } from '../parts/empty-state.tsx';
import { Facts } from '../parts/facts.tsx';
import { More } from '../parts/more.tsx';
import { Page, ProblemAlert } from '../parts/page.tsx';
import { Panel } from '../parts/panel.tsx';

/** Releases: what a service is, immutable and signed. */
export function ReleasesPage() {
  const releases = useReleases();
  return (
    <Page
      title="Releases"
      subtitle="A release says what a service is: candidates in order of preference, intent, sampling and golden prompts. It never changes."
    >
      <ProblemAlert error={releases.error} />
      {releases.items.length === 0 && releases.error === null && !releases.isPending && (
        <Panel>
          <EmptyState
            icon={IconStack2}
            title="There is no release yet"
            command="flotilla releases create release.json"
          >
            Write one as JSON and create it from the command line; `flotilla releases create --help` shows an
            example.
          </EmptyState>
        </Panel>
      )}
      {releases.items.length > 0 && (
        <Accordion variant="separated" defaultValue={releases.items[0]?.digest ?? null}>
          {releases.items.map((view) => (
            <Accordion.Item key={view.digest} value={view.digest}>
              <Accordion.Control>
                <Text fw={600}>{releaseName(view.release)}</Text>
                <Text size="xs" c="dimmed">
                  {formatTime(view.release.createdAt)} by {view.createdBy}
                </Text>
              </Accordion.Control>
              <Accordion.Panel>
                <ReleaseBody view={view} />
              </Accordion.Panel>
            </Accordion.Item>
          ))}
        </Accordion>
      )}
      <More pages={releases} />
    </Page>
  );
}

function ReleaseBody({ view }: { view: ReleaseView }) {
  const { release } = view;
  return (
    <>
      {release.description !== '' && <Text size="sm">{release.description}</Text>}
      <Text fw={600} size="sm" mt="md">
        Candidates, preferred first
      </Text>
      <List type="ordered" size="sm">
        {release.candidates.map((candidate) => (
          <List.Item key={candidate.digest}>{candidate.variant}</List.Item>
        ))}
      </List>
      <Group my="md">
        <Facts
          columns={4}
          facts={[
            ['Context', `${formatNumber(release.intent.contextTokens)} tokens`],
            [
              'Least speed',
              release.intent.minTokensPerSecond === undefined
                ? 'none'
                : `${formatNumber(release.intent.minTokensPerSecond)} tokens/s`,
            ],
            ['Share of memory', formatShare(release.intent.memoryShare)],
            ['Temperature', formatNumber(release.sampling.temperature)],
            ['Golden prompts', formatNumber(release.goldenPrompts.length)],
            ['Requires', release.requires.join(', ')],
            ['Digest', <code key="digest">{view.digest.slice(0, 16)}</code>],
          ]}
        />
      </Group>
      <Button
        component={Link}
        href={`/rollouts/new?release=${encodeURIComponent(releaseName(release))}`}
        variant="light"
      >
        Roll this out
      </Button>
    </>
  );
}
