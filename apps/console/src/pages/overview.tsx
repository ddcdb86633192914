import { DEVICE_STATES, type FleetOverview, quantile } from '@flotilla/contracts';
import { Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { CpuIcon } from '@primer/octicons-react';
import { Link } from 'wouter';
import { useFleetEvents, useOverview, useRollouts } from '../api/queries.ts';
import { formatCount, formatEnergy, formatMoney, formatNumber, formatShare } from '../format/numbers.ts';
import { EmptyState } from '../parts/empty-state.tsx';
import { Events } from '../parts/events.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Page } from '../parts/page.tsx';
import { Panel } from '../parts/panel.tsx';
import { RoleButton } from '../parts/role.tsx';
import { RolloutRows } from '../parts/rollout-rows.tsx';
import { Stat } from '../parts/stat.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { To } from '../parts/to.tsx';

const EVENTS_SHOWN = 10;

/** The fleet on one page: devices by state, the last day's work and what it cost. */
export function OverviewPage() {
  const overview = useOverview();
  const rollouts = useRollouts();
  const events = useFleetEvents();
  // Measurements come in twice a minute from every device: true, and of no interest in a list.
  const notable = events.items.filter((event) => event.kind !== 'telemetry-ingested');
  return (
    <Page
      title="Overview"
      subtitle="The fleet now, and its last 24 hours"
      action={
        <RoleButton needs="admin" href="/devices/join">
          Add a device
        </RoleButton>
      }
    >
      <Loaded query={overview}>{(data) => <Numbers overview={data} />}</Loaded>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md" style={{ alignItems: 'start' }}>
        <Stack gap="md">
          {overview.data !== undefined && <States devices={overview.data.devices} />}
          <Panel title="Latest rollouts">
            <RolloutRows rollouts={rollouts.items.slice(0, 6)} />
          </Panel>
        </Stack>
        <Panel title="What happened">
          <Events events={notable} linked most={EVENTS_SHOWN} />
        </Panel>
      </SimpleGrid>
    </Page>
  );
}

function Numbers({ overview: { lastDay, cost } }: { overview: FleetOverview }) {
  const speed = quantile(lastDay.tokensPerSecond, 0.5);
  const ttft = quantile(lastDay.ttftMs, 0.5);
  const joules = cost.joules.measured + cost.joules.modelled;
  const unpriced = cost.total.amount.micro === 0;
  return (
    <SimpleGrid component="dl" cols={{ base: 2, md: 4 }} spacing="md" m={0}>
      <Stat
        label="Requests"
        value={formatCount(lastDay.requests)}
        note={
          lastDay.requests === 0
            ? 'none yet'
            : `${formatShare(lastDay.errors / lastDay.requests)} failed · ${formatCount(lastDay.tokensIn + lastDay.tokensOut)} tokens`
        }
      />
      <Stat
        label="Tokens per second"
        value={speed === undefined ? '–' : formatNumber(speed)}
        note={ttft === undefined ? 'no request yet' : `median; first token after ${formatNumber(ttft)} ms`}
      />
      <Stat
        label="Energy"
        value={joules === 0 ? '–' : formatEnergy(joules)}
        note={joules === 0 ? 'no reading yet' : `${formatShare(cost.joules.modelled / joules)} modelled`}
      />
      <Stat
        label="Cost"
        value={unpriced ? '–' : formatMoney(cost.total.amount)}
        note={
          unpriced ? (
            <To href="/cost">Set prices</To>
          ) : cost.perMillionTokens === undefined ? (
            cost.total.basis
          ) : (
            `${formatMoney(cost.perMillionTokens.amount)} per million tokens, ${cost.total.basis}`
          )
        }
      />
    </SimpleGrid>
  );
}

function States({ devices }: { devices: FleetOverview['devices'] }) {
  const total = DEVICE_STATES.reduce((sum, state) => sum + devices[state], 0);
  return (
    <Panel title="Devices by state">
      {total === 0 ? (
        <EmptyState icon={CpuIcon} title="No device has joined yet" command="flotilla join-tokens create">
          <To href="/devices/join">Create a join token</To> here or on the command line, then run the agent
          with it on a box.
        </EmptyState>
      ) : (
        <Group gap="sm">
          {DEVICE_STATES.map((state) => (
            <Link
              key={state}
              href={`/devices?state=${state}`}
              style={{ textDecoration: 'none', color: 'inherit', minWidth: 64 }}
            >
              <Stack gap={2} align="flex-start">
                <Text
                  fz={22}
                  fw={650}
                  lh={1.2}
                  className="number"
                  c={devices[state] === 0 ? 'dimmed' : undefined}
                >
                  {formatCount(devices[state])}
                </Text>
                <StateBadge state={state} />
              </Stack>
            </Link>
          ))}
        </Group>
      )}
    </Panel>
  );
}
