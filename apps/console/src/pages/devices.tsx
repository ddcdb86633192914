import { DEVICE_STATES, DeviceState, type DeviceSummary } from '@flotilla/contracts';
import { Group, Select, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { CpuIcon } from '@primer/octicons-react';
import { useEffect, useState } from 'react';
import { useSearchParams } from 'wouter';
import { useDevices } from '../api/queries.ts';
import { Ago } from '../parts/ago.tsx';
import { DataList } from '../parts/data-list.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { Labels } from '../parts/labels.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { More } from '../parts/more.tsx';
import { Page } from '../parts/page.tsx';
import { Panel } from '../parts/panel.tsx';
import { RoleButton } from '../parts/role.tsx';
import { selectorError, SelectorInput } from '../parts/selector-input.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { To } from '../parts/to.tsx';

/** The devices, by selector and state; both are in the address, so that a view can be shared. */
export function DevicesPage() {
  const [params, setParams] = useSearchParams();
  const state = DeviceState.safeParse(params.get('state')).data;
  const [selector, setSelector] = useState(params.get('selector') ?? '');
  const [settled] = useDebouncedValue(selector.trim(), 300);
  const wrong = selectorError(settled) !== undefined;
  const devices = useDevices(
    {
      ...(settled === '' ? {} : { selector: settled }),
      ...(state === undefined ? {} : { state }),
    },
    !wrong,
  );

  const setParam = (name: string, value: string) =>
    setParams(
      (old) => {
        const next = new URLSearchParams(old);
        if (value === '') next.delete(name);
        else next.set(name, value);
        return next;
      },
      { replace: true },
    );
  // Only a settled text goes into the address.
  useEffect(() => {
    if ((params.get('selector') ?? '') !== settled) setParam('selector', settled);
  }, [settled]);

  return (
    <Page
      title="Devices"
      action={
        <RoleButton needs="admin" href="/devices/join">
          Add a device
        </RoleButton>
      }
    >
      <Panel>
        <Group mb="md" align="flex-start" gap="sm">
          <SelectorInput value={selector} onChange={setSelector} width="240px" />
          <Select
            label="State"
            placeholder="any"
            clearable
            clearButtonProps={{ 'aria-label': 'Any state' }}
            data={[...DEVICE_STATES]}
            value={state ?? null}
            onChange={(value) => setParam('state', value ?? '')}
            style={{ flex: '0 1 160px' }}
          />
        </Group>
        {!wrong && (
          <Loaded query={devices}>
            {() => <Found devices={devices.items} filtered={settled !== '' || state !== undefined} />}
          </Loaded>
        )}
        <More pages={devices} />
      </Panel>
    </Page>
  );
}

function Found({ devices, filtered }: { devices: readonly DeviceSummary[]; filtered: boolean }) {
  if (devices.length === 0) {
    return (
      <EmptyState icon={CpuIcon} title={filtered ? 'No device matches' : 'No device has joined yet'}>
        {filtered ? (
          'Change the selector or the state above.'
        ) : (
          <>
            <To href="/devices/join">Create a join token</To>, then run the agent with it on a box.
          </>
        )}
      </EmptyState>
    );
  }
  return (
    <DataList
      label="Devices"
      rows={devices}
      keyOf={(device) => device.id}
      columns={[
        {
          label: 'Device',
          cell: (device) => (
            <>
              <To href={`/devices/${device.id}`}>{device.name}</To>
              <Labels labels={device.labels} />
            </>
          ),
        },
        { label: 'State', cell: (device) => <StateBadge state={device.state} /> },
        { label: 'Serves', cell: (device) => <Serves device={device} /> },
        { label: 'Hardware', cell: (device) => device.hardware },
        {
          label: 'Last seen',
          cell: (device) => (device.lastSeenAt === undefined ? 'never' : <Ago at={device.lastSeenAt} />),
        },
      ]}
    />
  );
}

function Serves({ device }: { device: DeviceSummary }) {
  if (device.services.length === 0) {
    return (
      <Text span inherit c="dimmed">
        nothing yet
      </Text>
    );
  }
  return device.services.map((service) => (
    <div key={service.service}>
      {service.service}
      {service.revision === undefined ? '' : `@${service.revision}`}
      {service.variant === undefined ? '' : ` · ${service.variant}`}
    </div>
  ));
}
