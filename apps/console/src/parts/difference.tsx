import type { DeviceDetail } from '@flotilla/contracts';
import { Group, Text } from '@mantine/core';
import { ArrowRightIcon, CheckIcon } from '@primer/octicons-react';
import { DataList } from './data-list.tsx';
import { Panel } from './panel.tsx';

/** What is wanted of the device beside what it says is true. */
export function Difference({ device }: { device: DeviceDetail }) {
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
      <DataList
        label="Desired against reported"
        rows={device.difference}
        keyOf={(line) => line.service}
        columns={[
          { label: 'Service', cell: (line) => line.service },
          { label: 'Desired', cell: (line) => line.desired ?? '–' },
          { label: 'Reported', cell: (line) => line.reported ?? '–' },
          {
            label: 'Meaning',
            wide: true,
            cell: (line) => (
              <Group gap={6} wrap="nowrap" align="flex-start">
                {line.reached ? (
                  <CheckIcon size={16} className="line-mark" fill="var(--mantine-color-teal-7)" />
                ) : (
                  <ArrowRightIcon size={16} className="line-mark" fill="var(--mantine-color-dimmed)" />
                )}
                <Text size="sm">{line.explanation}</Text>
              </Group>
            ),
          },
        ]}
      />
    </Panel>
  );
}
