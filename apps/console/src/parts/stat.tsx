import { Paper, Text } from '@mantine/core';
import type { ReactNode } from 'react';

/** One number of the fleet with what it counts and how it came about. */
export function Stat({ label, value, note }: { label: string; value: ReactNode; note?: ReactNode }) {
  return (
    <Paper withBorder p="md" bg="var(--flotilla-panel)">
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text fz={26} fw={650} lh={1.25} style={{ fontVariantNumeric: 'tabular-nums' }}>
        {value}
      </Text>
      <Text component="div" size="xs" c="dimmed" mih={18}>
        {note}
      </Text>
    </Paper>
  );
}
