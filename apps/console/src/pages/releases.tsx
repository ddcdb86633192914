import { type ReleaseView, releaseName } from '@flotilla/contracts';
import { Accordion, Button, List, Stack, Text, Title } from '@mantine/core';
import { IconStack2 } from '@tabler/icons-react';
import { Link } from 'wouter';
import { useReleases } from '../api/queries.ts';
import { formatBytes, formatNumber, formatShare } from '../format/numbers.ts';
import { Ago } from '../parts/ago.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { More } from '../parts/more.tsx';
import { Page } from '../parts/page.tsx';
import { Panel } from '../parts/panel.tsx';

/** Releases: what a service is, immutable and signed. */
export function ReleasesPage() {
  const releases = useReleases();
  return (
    <Page
      title="Releases"
      subtitle="A release says what a service is: candidates in order of preference, intent, sampling and golden prompts. It never changes."
    >
      <Loaded query={releases}>{() => <Found releases={releases.items} />}</Loaded>
      <More pages={releases} />
    </Page>
  );
}

function Found({ releases }: { releases: readonly ReleaseView[] }) {
  if (releases.length === 0) {
    return (
      <Panel>
        <EmptyState
          icon={IconStack2}
          title="There is no release yet"
          command="flotilla releases create release.json"
        >
          Write one as JSON and create it from the command line; flotilla releases create --help shows an
          example.
        </EmptyState>
      </Panel>
    );
  }
  return (
    <Accordion
      variant="separated"
      order={2}
      defaultValue={releases[0]?.digest ?? null}
      styles={{
        item: {
          background: 'var(--flotilla-panel)',
          border: '1px solid var(--mantine-color-default-border)',
        },
      }}
    >
      {releases.map((view) => (
        <Accordion.Item key={view.digest} value={view.digest}>
          <Accordion.Control>
            <Text span display="block" fw={600}>
              {releaseName(view.release)}
            </Text>
            <Text span display="block" size="sm" c="dimmed">
              <Ago at={view.release.createdAt} /> by {view.createdBy}
            </Text>
          </Accordion.Control>
          <Accordion.Panel>
            <ReleaseBody view={view} />
          </Accordion.Panel>
        </Accordion.Item>
      ))}
    </Accordion>
  );
}

function ReleaseBody({ view: { release, digest } }: { view: ReleaseView }) {
  const { intent, sampling } = release;
  return (
    <Stack gap="md">
      {release.description !== '' && <Text size="sm">{release.description}</Text>}
      <div>
        <Title order={3} mb={4}>
          Candidates, preferred first
        </Title>
        <List type="ordered" size="sm">
          {release.candidates.map((candidate) => (
            <List.Item key={candidate.digest}>
              {candidate.variant}{' '}
              <Text span inherit c="dimmed">
                {candidate.quantization}, {formatBytes(candidate.bytes)}
              </Text>
            </List.Item>
          ))}
        </List>
      </div>
      <Facts
        facts={[
          ['Context', `${formatNumber(intent.contextTokens)} tokens`],
          [
            'Least speed',
            intent.minTokensPerSecond === undefined
              ? 'none asked for'
              : `${formatNumber(intent.minTokensPerSecond)} tokens/s`,
          ],
          ['Share of memory', formatShare(intent.memoryShare)],
          ['Temperature', formatNumber(sampling.temperature)],
          ['Golden prompts', formatNumber(release.goldenPrompts.length)],
          [
            'Digest',
            <Text key="digest" span ff="monospace" size="xs" title={digest}>
              {digest.slice(0, 12)}
            </Text>,
          ],
        ]}
      />
      <Text size="xs" c="dimmed">
        An agent must have {release.requires.join(', ')}.
      </Text>
      <Button
        component={Link}
        href={`/rollouts/new?release=${encodeURIComponent(releaseName(release))}`}
        variant="default"
        style={{ alignSelf: 'flex-start' }}
      >
        Roll out {releaseName(release)}
      </Button>
    </Stack>
  );
}
