import type { DeviceProgress, Rollout } from '@flotilla/contracts';
import { Grid, Group, Progress, Stack, Text } from '@mantine/core';
import { useRolloutVerb } from '../api/calls.ts';
import { useRollout, useRolloutDecisions, useRolloutDevices } from '../api/queries.ts';
import { formatBytes, formatCounted } from '../format/numbers.ts';
import { Ago } from '../parts/ago.tsx';
import { DataList } from '../parts/data-list.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Log } from '../parts/log.tsx';
import { More } from '../parts/more.tsx';
import { Page } from '../parts/page.tsx';
import { Panel } from '../parts/panel.tsx';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { RoleButton } from '../parts/role.tsx';
import { rolloutCounts, RolloutProgress } from '../parts/rollout-rows.tsx';
import { selectorName } from '../parts/selector-name.ts';
import { StateBadge } from '../parts/state-badge.tsx';
import { To } from '../parts/to.tsx';

const VERBS: Partial<Record<Rollout['state'], readonly ('pause' | 'resume' | 'cancel' | 'rollback')[]>> = {
  running: ['pause', 'rollback', 'cancel'],
  paused: ['resume', 'rollback', 'cancel'],
};
const NAMES = { pause: 'Pause', resume: 'Resume', cancel: 'Cancel', rollback: 'Roll back' } as const;

/** One rollout, live. */
export function RolloutPage({ id }: { id: string }) {
  const rollout = useRollout(id);
  if (rollout.data === undefined) {
    return (
      <Page title="Rollout">
        <Loaded query={rollout}>{() => null}</Loaded>
      </Page>
    );
  }
  return <Detail rollout={rollout.data} />;
}

function Detail({ rollout }: { rollout: Rollout }) {
  const verb = useRolloutVerb(rollout.id);
  return (
    <Page
      title={`${rollout.service}@${rollout.revision} → ${selectorName(rollout.selector)}`}
      subtitle={
        <Group gap="xs">
          <StateBadge state={rollout.state} />
          <span>
            of{' '}
            <To href={`/releases/${rollout.service}@${rollout.revision}`}>
              {rollout.service}@{rollout.revision}
            </To>
            , started <Ago at={rollout.startedAt ?? rollout.createdAt} /> by {rollout.createdBy}
          </span>
        </Group>
      }
      action={
        <Group gap="xs">
          {(VERBS[rollout.state] ?? []).map((name) => (
            <RoleButton
              key={name}
              needs="operator"
              variant="default"
              loading={verb.isPending && verb.variables === name}
              onClick={() => verb.mutate(name)}
            >
              {NAMES[name]}
            </RoleButton>
          ))}
        </Group>
      }
    >
      <ProblemAlert error={verb.error} />
      <Grid gap="md">
        <Grid.Col span={{ base: 12, lg: 7 }}>
          <Stack gap="md">
            <Standing rollout={rollout} />
            <Devices rolloutId={rollout.id} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 5 }}>
          <Decisions rolloutId={rollout.id} />
        </Grid.Col>
      </Grid>
    </Page>
  );
}

function Standing({ rollout }: { rollout: Rollout }) {
  const { devices, succeeded, failed } = rolloutCounts(rollout);
  return (
    <Panel title="Progress">
      <RolloutProgress rollout={rollout} />
      <div role="status">
        <Text size="sm" mt="xs">
          {succeeded} of {formatCounted(devices, 'device')} done
          {failed > 0 ? `, ${failed} failed` : ''}. {rollout.why}
        </Text>
      </div>
      {rollout.batches.length > 1 && (
        <Group gap="xs" mt="sm">
          {rollout.batches.map((batch) => (
            <Group key={batch.index} gap={6}>
              <Text size="sm">Batch {batch.index + 1}</Text>
              <StateBadge state={batch.state} />
            </Group>
          ))}
        </Group>
      )}
    </Panel>
  );
}

function Devices({ rolloutId }: { rolloutId: string }) {
  const devices = useRolloutDevices(rolloutId);
  return (
    <Panel title="Devices">
      <DataList
        label="Devices of this rollout"
        rows={devices.items}
        keyOf={(device) => device.deviceId}
        columns={[
          {
            label: 'Device',
            cell: ({ deviceId, deviceName }) => (
              <To href={`/devices/${deviceId}`}>{deviceName ?? deviceId}</To>
            ),
          },
          { label: 'Batch', cell: (device) => device.batch + 1 },
          { label: 'State', cell: (device) => <StateBadge state={device.state} /> },
          { label: 'Where it stands', wide: true, cell: (device) => <WhereItStands device={device} /> },
        ]}
      />
      <More pages={devices} />
    </Panel>
  );
}

function WhereItStands({ device }: { device: DeviceProgress }) {
  const { problem, state, phase, doneBytes, totalBytes = 0, variant } = device;
  if (problem !== undefined) return problem.detail;
  if (state === 'updating' && doneBytes !== undefined && totalBytes > 0) {
    return (
      <>
        <Progress value={(doneBytes / totalBytes) * 100} aria-label="Download" />
        <Text size="xs" c="dimmed">
          {phase}: {formatBytes(doneBytes)} of {formatBytes(totalBytes)}
        </Text>
      </>
    );
  }
  return state === 'updating' ? (phase ?? variant ?? '–') : (variant ?? phase ?? '–');
}

function Decisions({ rolloutId }: { rolloutId: string }) {
  const decisions = useRolloutDecisions(rolloutId);
  return (
    <Panel title="Decisions" hint="Every one with its reason, newest first.">
      <Log
        label="Decisions"
        entries={decisions.items.map(({ at, decision, why }, index) => ({
          key: `${decisions.items.length - index}-${decision}`,
          at,
          text: why,
        }))}
      />
      <More pages={decisions} />
    </Panel>
  );
}
