import { type ReleaseView, releaseName } from '@flotilla/contracts';
import { Accordion, Text } from '@mantine/core';
import { StackIcon } from '@primer/octicons-react';
import { useReleases } from '../api/queries.ts';
import { Ago } from '../parts/ago.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { More } from '../parts/more.tsx';
import { Page } from '../parts/page.tsx';
import { Panel } from '../parts/panel.tsx';
import { ReleaseBody } from '../parts/release-body.tsx';
import { To } from '../parts/to.tsx';

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
          icon={StackIcon}
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
            <Text size="xs" mt="sm">
              <To href={`/releases/${releaseName(view.release)}`}>The address of this release</To>
            </Text>
          </Accordion.Panel>
        </Accordion.Item>
      ))}
    </Accordion>
  );
}
