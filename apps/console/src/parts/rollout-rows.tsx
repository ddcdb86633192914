import type { Rollout } from '@flotilla/contracts';
import { Group, Progress, Stack, Text } from '@mantine/core';
import { Ago } from './ago.tsx';
import { selectorName } from './selector-name.ts';
import { StateBadge } from './state-badge.tsx';
import { To } from './to.tsx';

export function rolloutCounts(rollout: Rollout) {
  return rollout.batches.reduce(
    (sum, batch) => ({
      devices: sum.devices + batch.devices,
      succeeded: sum.succeeded + batch.succeeded,
      failed: sum.failed + batch.failed,
    }),
    { devices: 0, succeeded: 0, failed: 0 },
  );
}

export function RolloutProgress({ rollout }: { rollout: Rollout }) {
  const { devices, succeeded, failed } = rolloutCounts(rollout);
  const part = (count: number) => (devices === 0 ? 0 : (count / devices) * 100);
  return (
    <Progress.Root size="sm">
      <Progress.Section value={part(succeeded)} color="teal" aria-label="Devices done" />
      <Progress.Section value={part(failed)} color="red" aria-label="Devices failed" />
    </Progress.Root>
  );
}

/** Rollouts as short rows with their progress. */
export function RolloutRows({ rollouts }: { rollouts: readonly Rollout[] }) {
  if (rollouts.length === 0) {
    return (
      <Text c="dimmed" size="sm">
        No rollout yet. <To href="/rollouts/new">Start one</To> when a release is ready.
      </Text>
    );
  }
  return (
    <Stack gap="md" component="ul" m={0} p={0} style={{ listStyle: 'none' }} aria-label="Rollouts">
      {rollouts.map((rollout) => {
        const { devices, succeeded, failed } = rolloutCounts(rollout);
        return (
          <li key={rollout.id}>
            <Group justify="space-between" wrap="nowrap" gap="sm" mb={6}>
              <To href={`/rollouts/${rollout.id}`}>
                {rollout.service}@{rollout.revision} → {selectorName(rollout.selector)}
              </To>
              <StateBadge state={rollout.state} />
            </Group>
            <RolloutProgress rollout={rollout} />
            <Text size="xs" c="dimmed" mt={6}>
              {succeeded} of {devices} done{failed > 0 ? `, ${failed} failed` : ''} ·{' '}
              <Ago at={rollout.createdAt} /> by {rollout.createdBy}
            </Text>
          </li>
        );
      })}
    </Stack>
  );
}
