import type { DeviceDetail } from '@flotilla/contracts';
import { Grid, Group, Stack, Text } from '@mantine/core';
import { useDevice, useDeviceEvents } from '../api/queries.ts';
import { Ago } from '../parts/ago.tsx';
import { CommandLine } from '../parts/command-line.tsx';
import { DeviceHardware } from '../parts/device-hardware.tsx';
import { Difference } from '../parts/difference.tsx';
import { Events } from '../parts/events.tsx';
import { HealthCharts } from '../parts/health-charts.tsx';
import { LabelEditor } from '../parts/label-editor.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { More } from '../parts/more.tsx';
import { Page } from '../parts/page.tsx';
import { Panel } from '../parts/panel.tsx';
import { ServiceCard } from '../parts/service-card.tsx';
import { StateBadge } from '../parts/state-badge.tsx';

/** One device: what it is, what it serves and why, how it does. */
export function DevicePage({ id }: { id: string }) {
  const device = useDevice(id);
  if (device.data === undefined) {
    return (
      <Page title="Device">
        <Loaded query={device}>{() => null}</Loaded>
      </Page>
    );
  }
  return <Detail device={device.data} />;
}

function Detail({ device }: { device: DeviceDetail }) {
  const { facts, reported } = device;
  return (
    <Page title={device.name} subtitle={<Standing device={device} />}>
      <Grid gap="md">
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <Stack gap="md">
            {reported.length === 0 && (
              <Panel title="Services">
                <Text c="dimmed" size="sm">
                  Nothing is wanted from this device yet. A rollout whose selector matches it changes that.
                </Text>
              </Panel>
            )}
            {reported.map((service) => (
              <ServiceCard key={service.service} service={service} />
            ))}
            <Difference device={device} />
            <HealthCharts id={device.id} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}>
          <Stack gap="md">
            <Panel
              title="Labels"
              hint="Selectors match on these; the label site names the network a device shares with others."
            >
              <LabelEditor device={device} />
            </Panel>
            <Panel
              title="Hardware"
              hint={
                facts !== undefined && (
                  <>
                    detected <Ago at={facts.at} />
                  </>
                )
              }
            >
              <DeviceHardware device={device} />
            </Panel>
            <TryIt device={device} />
            <DeviceEvents id={device.id} />
          </Stack>
        </Grid.Col>
      </Grid>
    </Page>
  );
}

function Standing({ device: { state, online, lastSeenAt } }: { device: DeviceDetail }) {
  return (
    <Group gap="xs" role="status">
      <StateBadge state={state} />
      <span>
        {online ? 'online' : 'offline'}
        {lastSeenAt !== undefined && (
          <>
            , heard <Ago at={lastSeenAt} />
          </>
        )}
      </span>
    </Group>
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
        command={`curl ${device.boxUrl ?? 'http://127.0.0.1:7080'}/v1/chat/completions -H 'content-type: application/json' -d '${body}'`}
      />
    </Panel>
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
