import type { DeviceProgress, Rollout } from '@flotilla/contracts';
import { Button, Group, Progress, Table, Text, Timeline } from '@mantine/core';
import {
  useDevices,
  useRollout,
  useRolloutDecisions,
  useRolloutDevices,
  useRolloutVerb,
} from '../api/queries.ts';
import { formatBytes } from '../format/numbers.ts';
import { formatAgo, formatTime } from '../format/times.ts';
import { More } from '../parts/more.tsx';
import { Loaded, Page, ProblemAlert } from '../parts/page.tsx';
import { Panel } from '../parts/panel.tsx';
import { rolloutCounts, RolloutProgress } from '../parts/rollout-rows.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { To } from '../parts/to.tsx';

const VERBS: Partial<Record<Rollout['state'], readonly ('pause' | 'resume' | 'cancel' | 'rollback')[]>> = {
  running: ['pause', 'rollback', 'cancel'],
  paused: ['resume', 'rollback', 'cancel'],
};

/** One rollout, live. */
export function RolloutPage({ id }: { id: string }) {
  const rollout = useRollout(id);
  return <Loaded query={rollout}>{(data) => <Detail rollout={data} />}</Loaded>;
}

function Detail({ rollout }: { rollout: Rollout }) {
  const devices = useRolloutDevices(rollout.id);
  const decisions = useRolloutDecisions(rollout.id);
  const names = new Map(useDevices({}).items.map((device) => [device.id, device.name]));
  const verb = useRolloutVerb(rollout.id);
  const counts = rolloutCounts(rollout);
  return (
    <Page
      title={`${rollout.service}@${rollout.revision} → ${rollout.selector}`}
      subtitle={
        <Group gap="xs">
          <StateBadge state={rollout.state} />
          <Text size="sm">
            started {formatAgo(rollout.startedAt ?? rollout.createdAt)} by {rollout.createdBy}
          </Text>
        </Group>
      }
      action={
        <Group gap="xs">
          {(VERBS[rollout.state] ?? []).map((name) => (
            <Button
              key={name}
              variant={name === 'rollback' ? 'outline' : 'default'}
              color={name === 'rollback' ? 'red' : undefined}
              loading={verb.isPending && verb.variables === name}
              onClick={() => verb.mutate(name)}
            >
              {name === 'rollback' ? 'Roll back' : name.charAt(0).toUpperCase() + name.slice(1)}
            </Button>
          ))}
        </Group>
      }
    >
      <ProblemAlert error={verb.error} />
      <Panel title="Progress" hint={rollout.why}>
        <RolloutProgress rollout={rollout} />
        <Text size="sm" mt="xs">
          {counts.succeeded} of {counts.devices} devices done
          {counts.failed > 0 ? `, ${counts.failed} failed` : ''}
        </Text>
      </Panel>
      <Panel title="Devices">
        <Table.ScrollContainer minWidth={560}>
          <Table verticalSpacing="xs">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Device</Table.Th>
                <Table.Th>Batch</Table.Th>
                <Table.Th>State</Table.Th>
                <Table.Th>Where it stands</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {devices.items.map((device) => (
                <Table.Tr key={device.deviceId}>
                  <Table.Td>
                    <To href={`/devices/${device.deviceId}`}>
                      {names.get(device.deviceId) ?? device.deviceId}
                    </To>
                  </Table.Td>
                  <Table.Td>{device.batch + 1}</Table.Td>
                  <Table.Td>
                    <StateBadge state={device.state} />
                  </Table.Td>
                  <Table.Td>
                    <Standing device={device} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
        <More pages={devices} />
      </Panel>
      <Panel title="Decisions" hint="Every one with its reason, newest first.">
        <Timeline bulletSize={12} lineWidth={2} active={-1}>
          {decisions.items.map((decision) => (
            <Timeline.Item
              key={`${decision.at}-${decision.decision}`}
              title={<Text size="sm">{decision.why}</Text>}
            >
              <Text size="xs" c="dimmed">
                {decision.decision} · {formatTime(decision.at)}
              </Text>
            </Timeline.Item>
          ))}
        </Timeline>
        <More pages={decisions} />
      </Panel>
    </Page>
  );
}

function Standing({ device }: { device: DeviceProgress }) {
  if (device.problem !== undefined) return <Text size="sm">{device.problem.detail}</Text>;
  if (
    device.state === 'updating' &&
    device.totalBytes !== undefined &&
    device.doneBytes !== undefined &&
    device.totalBytes > 0
  ) {
    return (
      <>
        <Progress value={(device.doneBytes / device.totalBytes) * 100} aria-label="Download" />
        <Text size="xs" c="dimmed">
          {device.phase}: {formatBytes(device.doneBytes)} of {formatBytes(device.totalBytes)}
        </Text>
      </>
    );
  }
  return <Text size="sm">{device.variant ?? device.phase ?? '–'}</Text>;
}
