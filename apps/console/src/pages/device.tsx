import type { DeviceDetail } from '@flotilla/contracts';
import { Alert, Group, SegmentedControl, Stack, Table, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useState } from 'react';
import { useDevice, useDeviceEvents, useSeries } from '../api/queries.ts';
import { formatBytes, formatNumber, formatShare } from '../format/numbers.ts';
import { formatAgo, formatDuration, formatTime } from '../format/times.ts';
import { DeviceCharts } from '../parts/charts.tsx';
import { CommandLine } from '../parts/empty-state.tsx';
import { Events } from '../parts/events.tsx';
import { Facts } from '../parts/facts.tsx';
import { LabelEditor } from '../parts/label-editor.tsx';
import { More } from '../parts/more.tsx';
import { Loaded, Page } from '../parts/page.tsx';
import { Panel } from '../parts/panel.tsx';
import { ServiceCard } from '../parts/service-card.tsx';
import { StateBadge } from '../parts/state-badge.tsx';

const SPANS = {
  '1 hour': [3_600_000, 60_000],
  '1 day': [86_400_000, 1_800_000],
  '1 week': [604_800_000, 10_800_000],
} as const;
type Span = keyof typeof SPANS;

/** One device: what it is, what it serves and why, how it does. */
export function DevicePage({ id }: { id: string }) {
  const device = useDevice(id);
  return <Loaded query={device}>{(detail) => <Detail device={detail} />}</Loaded>;
}

function Detail({ device }: { device: DeviceDetail }) {
  return (
    <Page
      title={device.name}
      subtitle={
        <Group gap="xs">
          <StateBadge state={device.state} />
          <Text size="sm">
            {device.online ? 'online' : 'offline'}
            {device.lastSeenAt === undefined ? '' : `, heard ${formatAgo(device.lastSeenAt)}`}
          </Text>
        </Group>
      }
    >
      {device.reported.length === 0 && (
        <Panel title="Services">
          <Text c="dimmed" size="sm">
            Nothing is wanted from this device yet. A rollout whose selector matches it changes that.
          </Text>
        </Panel>
      )}
      {device.reported.map((service) => (
        <ServiceCard key={service.service} service={service} />
      ))}
      <DesiredAgainstReported device={device} />
      <TryIt device={device} />
      <Charts id={device.id} />
      <Panel
        title="Hardware"
        hint={device.facts === undefined ? undefined : `detected ${formatAgo(device.facts.at)}`}
      >
        <Hardware device={device} />
      </Panel>
      <Panel
        title="Labels"
        hint="Selectors match on these; the label site names the network a device shares with others."
      >
        <LabelEditor device={device} />
      </Panel>
      <DeviceEvents id={device.id} />
    </Page>
  );
}

function DesiredAgainstReported({ device }: { device: DeviceDetail }) {
  if (device.difference.length === 0) return null;
  const { desired, reported } = device.generation;
  return (
    <Panel
      title="Desired against reported"
      hint={
        desired === reported
          ? `generation ${desired}, answered`
          : `generation ${desired} is wanted, the device answers ${reported}`
      }
    >
      <Table.ScrollContainer minWidth={520}>
        <Table verticalSpacing="xs">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Service</Table.Th>
              <Table.Th>Desired</Table.Th>
              <Table.Th>Reported</Table.Th>
              <Table.Th>Meaning</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {device.difference.map((line) => (
              <Table.Tr key={line.service}>
                <Table.Td>{line.service}</Table.Td>
                <Table.Td>{line.desired ?? '–'}</Table.Td>
                <Table.Td>{line.reported ?? '–'}</Table.Td>
                <Table.Td>{line.explanation}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Panel>
  );
}

function TryIt({ device }: { device: DeviceDetail }) {
  const serving = device.reported.find((service) => service.release !== undefined);
  if (serving === undefined) return null;
  const body = JSON.stringify({
    model: serving.service,
    messages: [{ role: 'user', content: 'turn on the light in the kitchen' }],
  });
  return (
    <Panel
      title="Try it on the box"
      hint="Prompts and answers stay on the box, so this runs there, not through the control plane."
    >
      <CommandLine
        command={`curl http://127.0.0.1:7080/v1/chat/completions -H 'content-type: application/json' -d '${body}'`}
      />
    </Panel>
  );
}

function Charts({ id }: { id: string }) {
  const [span, setSpan] = useState<Span>('1 hour');
  const [spanMs, stepMs] = SPANS[span];
  const series = useSeries(id, spanMs, stepMs);
  return (
    <Panel
      title="Health and use"
      action={
        <SegmentedControl
          size="xs"
          value={span}
          onChange={(value) => setSpan(value as Span)}
          data={Object.keys(SPANS)}
          aria-label="Time shown"
        />
      }
    >
      <Loaded query={series}>{(data) => <DeviceCharts series={data} />}</Loaded>
    </Panel>
  );
}

function Hardware({ device }: { device: DeviceDetail }) {
  const { facts, agent, certificate } = device;
  if (facts === undefined)
    return (
      <Text c="dimmed" size="sm">
        The agent has not reported its hardware yet.
      </Text>
    );
  const { cpu, memory } = facts;
  return (
    <Stack>
      <Facts
        columns={3}
        facts={[
          ['Machine', [facts.machine?.vendor, facts.machine?.model].filter(Boolean).join(' ') || undefined],
          ['Processor', cpu.model],
          [
            'Cores',
            cpu.usableCores === cpu.cores
              ? `${cpu.cores} (${cpu.arch})`
              : `${formatNumber(cpu.usableCores)} usable of ${cpu.cores} (${cpu.arch})`,
          ],
          ['Memory', `${formatBytes(memory.availableBytes)} free of ${formatBytes(memory.totalBytes)}`],
          [
            'Memory bandwidth',
            memory.bandwidthBytesPerSecond === undefined
              ? undefined
              : `${formatBytes(memory.bandwidthBytesPerSecond)}/s`,
          ],
          [
            'GPU',
            facts.gpus.length === 0
              ? 'none'
              : facts.gpus.map((gpu) => `${gpu.name} (${gpu.backend})`).join(', '),
          ],
          [
            'Disk',
            facts.disk === undefined
              ? undefined
              : `${formatBytes(facts.disk.freeBytes)} free of ${formatBytes(facts.disk.totalBytes)}`,
          ],
          [
            'Power',
            facts.power === undefined
              ? undefined
              : [
                  facts.power.source,
                  facts.power.batteryShare === undefined ? '' : formatShare(facts.power.batteryShare),
                ]
                  .filter(Boolean)
                  .join(', '),
          ],
          [
            'Temperature',
            facts.temperatureC === undefined ? undefined : `${formatNumber(facts.temperatureC)} °C`,
          ],
          [
            'System',
            [facts.os.distribution ?? facts.os.platform, facts.os.release].filter(Boolean).join(' '),
          ],
          ['Agent', agent === undefined ? undefined : agent.version],
          ['Engine', agent?.engine],
          ['Up for', facts.uptimeMs === undefined ? undefined : formatDuration(facts.uptimeMs)],
          [
            'Clock',
            device.clockOffsetMs === undefined
              ? undefined
              : `${formatNumber(device.clockOffsetMs)} ms off ours`,
          ],
          [
            'Certificate',
            certificate === undefined ? undefined : `until ${formatTime(certificate.notAfter)}`,
          ],
        ]}
      />
      {facts.unknown.length > 0 && (
        <Alert
          color="yellow"
          variant="light"
          icon={<IconAlertTriangle aria-hidden />}
          title="Could not be read on this box"
        >
          {facts.unknown.map(({ probe, reason }) => (
            <Text key={probe} size="sm">
              {probe}: {reason}
            </Text>
          ))}
        </Alert>
      )}
    </Stack>
  );
}

function DeviceEvents({ id }: { id: string }) {
  const events = useDeviceEvents(id);
  return (
    <Panel title="Events">
      <Events events={events.items} />
      <More pages={events} />
    </Panel>
  );
}
