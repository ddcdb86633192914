import { DEVICE_STATES, type DeviceSummary } from '@flotilla/contracts';
import { Badge, Button, Group, Select, Stack, Table, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconCpu } from '@tabler/icons-react';
import { useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import { useDevices } from '../api/queries.ts';
import { formatAgo } from '../format/times.ts';
import { EmptyState } from '../parts/empty-state.tsx';
import { More } from '../parts/more.tsx';
import { Page, ProblemAlert } from '../parts/page.tsx';
import { Panel } from '../parts/panel.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { To } from '../parts/to.tsx';

export function DevicesPage() {
  const [params, setParams] = useSearchParams();
  const state = params.get('state') ?? undefined;
  const [selector, setSelector] = useState(params.get('selector') ?? '');
  const [settled] = useDebouncedValue(selector.trim(), 300);
  const devices = useDevices({
    ...(settled === '' ? {} : { selector: settled }),
    ...(state === undefined ? {} : { state }),
  });
  const filtered = settled !== '' || state !== undefined;
  return (
    <Page
      title="Devices"
      action={
        <Button component={Link} href="/devices/join">
          Add a device
        </Button>
      }
    >
      <Panel>
        <Group mb="md" align="flex-end" gap="sm">
          <TextInput
            label="Selector"
            placeholder="site=lisbon AND hw.arch=arm64"
            value={selector}
            onChange={(event) => setSelector(event.currentTarget.value)}
            style={{ flex: '1 1 240px' }}
          />
          <Select
            label="State"
            placeholder="any"
            clearable
            data={[...DEVICE_STATES]}
            value={state ?? null}
            onChange={(value) =>
              setParams((old) => {
                const next = new URLSearchParams(old);
                if (value === null) next.delete('state');
                else next.set('state', value);
                return next;
              })
            }
            style={{ flex: '0 1 160px' }}
          />
        </Group>
        <ProblemAlert error={devices.error} />
        {devices.items.length === 0 && devices.error === null && !devices.isPending && (
          <EmptyState icon={IconCpu} title={filtered ? 'No device matches' : 'No device has joined yet'}>
            {filtered ? (
              'Change the selector or the state above.'
            ) : (
              <>
                <To href="/devices/join">Create a join token</To>, then run the agent with it on a box.
              </>
            )}
          </EmptyState>
        )}
        {devices.items.length > 0 && <DeviceTable devices={devices.items} />}
        <More pages={devices} />
      </Panel>
    </Page>
  );
}

function DeviceTable({ devices }: { devices: readonly DeviceSummary[] }) {
  return (
    <>
      <Table.ScrollContainer minWidth={720} visibleFrom="sm">
        <Table verticalSpacing="sm" highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Device</Table.Th>
              <Table.Th>State</Table.Th>
              <Table.Th>Serves</Table.Th>
              <Table.Th>Hardware</Table.Th>
              <Table.Th>Last seen</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {devices.map((device) => (
              <Table.Tr key={device.id}>
                <Table.Td>
                  <To href={`/devices/${device.id}`}>{device.name}</To>
                  <LabelBadges labels={device.labels} />
                </Table.Td>
                <Table.Td>
                  <StateBadge state={device.state} />
                </Table.Td>
                <Table.Td>
                  <Serves device={device} />
                </Table.Td>
                <Table.Td>
                  <Text size="sm">{device.hardware}</Text>
                </Table.Td>
                <Table.Td>
                  <Text size="sm">
                    {device.lastSeenAt === undefined ? 'never' : formatAgo(device.lastSeenAt)}
                  </Text>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Stack hiddenFrom="sm" gap="md">
        {devices.map((device) => (
          <div key={device.id}>
            <Group justify="space-between" wrap="nowrap">
              <To href={`/devices/${device.id}`}>{device.name}</To>
              <StateBadge state={device.state} />
            </Group>
            <Text size="xs" c="dimmed">
              {device.hardware}
            </Text>
            <Serves device={device} />
            <LabelBadges labels={device.labels} />
          </div>
        ))}
      </Stack>
    </>
  );
}

function Serves({ device }: { device: DeviceSummary }) {
  if (device.services.length === 0)
    return (
      <Text size="sm" c="dimmed">
        nothing yet
      </Text>
    );
  return device.services.map((service) => (
    <Text size="sm" key={service.service}>
      {service.service}
      {service.revision === undefined ? '' : `@${service.revision}`}
      {service.variant === undefined ? '' : ` · ${service.variant}`}
    </Text>
  ));
}

export function LabelBadges({ labels }: { labels: DeviceSummary['labels'] }) {
  const entries = Object.entries(labels);
  if (entries.length === 0) return null;
  return (
    <Group gap={4} mt={4}>
      {entries.map(([key, value]) => (
        <Badge key={key} variant="default" size="sm" tt="none" fw={500} radius="sm">
          {key}={value}
        </Badge>
      ))}
    </Group>
  );
}
