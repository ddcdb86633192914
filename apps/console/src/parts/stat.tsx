import { Paper, Text } from '@mantine/core';
import type { ReactNode } from 'react';

/** One number of the fleet with what it counts and how it came about. */
export function Stat({ label, value, note }: { label: string; value: ReactNode; note?: ReactNode }) {
  return (
    <Paper withBorder p="md" bg="var(--flotilla-panel)">
      <Text component="dt" size="sm" c="dimmed">
        {label}
      </Text>
      <Text component="dd" m={0} fz={24} fw={650} lh={1.3} className="number">
        {value}
      </Text>
      <Text component="dd" m={0} size="xs" c="dimmed" mih={18}>
        {note}
      </Text>
    </Paper>
  );
}
