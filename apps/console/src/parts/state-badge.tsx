import { Badge, type MantineColor } from '@mantine/core';

const COLORS: Record<string, MantineColor> = {
  ready: 'teal',
  serving: 'teal',
  succeeded: 'teal',
  completed: 'teal',
  passed: 'teal',
  chosen: 'teal',
  changing: 'blue',
  running: 'blue',
  updating: 'blue',
  soaking: 'blue',
  paused: 'yellow',
  blocked: 'orange',
  rejected: 'orange',
  waiting: 'gray',
  failed: 'red',
  'rolled-back': 'red',
  cancelled: 'gray',
  offline: 'gray',
  idle: 'gray',
};

/** A state as a word with a colour; the word alone carries the meaning. */
export function StateBadge({ state }: { state: string }) {
  const color = COLORS[state] ?? 'gray';
  return (
    <Badge
      radius="sm"
      size="md"
      tt="none"
      fw={600}
      bg={`light-dark(var(--mantine-color-${color}-0), color-mix(in srgb, var(--mantine-color-${color}-9) 35%, transparent))`}
      c={`light-dark(color-mix(in srgb, var(--mantine-color-${color}-9) 80%, black), var(--mantine-color-${color}-3))`}
      bd={`1px solid light-dark(var(--mantine-color-${color}-2), transparent)`}
      style={{ flexShrink: 0, minWidth: 'max-content', verticalAlign: 'middle' }}
    >
      {state.replaceAll('-', ' ')}
    </Badge>
  );
}
