import { DEVICE_STATES, quantile } from '@flotilla/contracts';
import { Button, Group, SimpleGrid, Text } from '@mantine/core';
import { IconCpu } from '@tabler/icons-react';
import { Link } from 'wouter';
import { useFleetEvents, useOverview, useRollouts } from '../api/queries.ts';
import { formatCount, formatEnergy, formatMoney, formatNumber, formatShare } from '../format/numbers.ts';
import { EmptyState } from '../parts/empty-state.tsx';
import { Events } from '../parts/events.tsx';
import { Loaded, Page } from '../parts/page.tsx';
import { Panel } from '../parts/panel.tsx';
import { RolloutRows } from '../parts/rollout-rows.tsx';
import { Stat } from '../parts/stat.tsx';
import { StateBadge } from '../parts/state-badge.tsx';

/** The fleet on one page: devices by state, the last day's work and what it cost. */
export function OverviewPage() {
  const overview = useOverview();
  const rollouts = useRollouts();
  const events = useFleetEvents();
  return (
    <Page
      title="Overview"
      subtitle="The last 24 hours of the fleet"
      action={
        <Button component={Link} href="/devices/join">
          Add a device
        </Button>
      }
    >
      <Loaded query={overview}>
        {({ devices, lastDay, cost }) => {
          const total = Object.values(devices).reduce((sum, count) => sum + count, 0);
          const speed = quantile(lastDay.tokensPerSecond, 0.5);
          const ttft = quantile(lastDay.ttftMs, 0.5);
          const joules = lastDay.joulesMeasured + lastDay.joulesModelled;
          const modelled = joules === 0 ? 0 : lastDay.joulesModelled / joules;
          return (
            <>
              <SimpleGrid cols={{ base: 2, md: 4 }} spacing="md">
                <Stat
                  label="Requests"
                  value={formatCount(lastDay.requests)}
                  note={
                    lastDay.requests === 0
                      ? 'none yet'
                      : `${formatShare(lastDay.errors / lastDay.requests)} failed`
                  }
                />
                <Stat
                  label="Tokens per second"
                  value={speed === undefined ? '–' : formatNumber(speed)}
                  note={ttft === undefined ? 'no request yet' : `first token after ${formatNumber(ttft)} ms`}
                />
                <Stat
                  label="Energy"
                  value={formatEnergy(joules)}
                  note={`${formatShare(modelled)} modelled`}
                />
                <Stat
                  label="Cost"
                  value={formatMoney(cost.total.amount)}
                  note={
                    cost.perMillionTokens === undefined
                      ? cost.total.basis
                      : `${formatMoney(cost.perMillionTokens.amount)} per million tokens, ${cost.total.basis}`
                  }
                />
              </SimpleGrid>
              <Panel title="Devices by state">
                {total === 0 ? (
                  <EmptyState
                    icon={IconCpu}
                    title="No device has joined yet"
                    command="flotilla join-tokens create"
                  >
                    Create a join token here or on the command line, then run the agent on a box.
                  </EmptyState>
                ) : (
                  <Group gap="xl">
                    {DEVICE_STATES.map((state) => (
                      <Link
                        key={state}
                        href={`/devices?state=${state}`}
                        style={{ textDecoration: 'none', color: 'inherit' }}
                      >
                        <Text fz={24} fw={650} c={devices[state] === 0 ? 'dimmed' : undefined}>
                          {formatCount(devices[state])}
                        </Text>
                        <StateBadge state={state} />
                      </Link>
                    ))}
                  </Group>
                )}
              </Panel>
            </>
          );
        }}
      </Loaded>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        <Panel title="Latest rollouts">
          <RolloutRows rollouts={rollouts.items.slice(0, 5)} />
        </Panel>
        <Panel title="What happened">
          <Events events={events.items.slice(0, 12)} />
        </Panel>
      </SimpleGrid>
    </Page>
  );
}
