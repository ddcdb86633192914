import type { DeviceDetail } from '@flotilla/contracts';
import { Group, Text } from '@mantine/core';
import { IconArrowRight, IconCheck } from '@tabler/icons-react';
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
                  <IconCheck
                    size={16}
                    aria-hidden
                    style={{ flexShrink: 0, marginTop: 2 }}
                    color="var(--mantine-color-teal-7)"
                  />
                ) : (
                  <IconArrowRight
                    size={16}
                    aria-hidden
                    style={{ flexShrink: 0, marginTop: 2 }}
                    color="var(--mantine-color-dimmed)"
                  />
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
