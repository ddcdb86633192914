import { Badge, type MantineColor } from '@mantine/core';

const COLORS: Record<string, MantineColor> = {
  ready: 'teal',
  serving: 'teal',
  succeeded: 'teal',
  completed: 'teal',
  passed: 'teal',
  changing: 'blue',
  running: 'blue',
  updating: 'blue',
  soaking: 'blue',
  paused: 'yellow',
  blocked: 'orange',
  waiting: 'gray',
  failed: 'red',
  'rolled-back': 'red',
  cancelled: 'gray',
  offline: 'gray',
  idle: 'gray',
};

/** A state as a word with a colour; the word alone carries the meaning. */
export function StateBadge({ state }: { state: string }) {
  return (
    <Badge
      color={COLORS[state] ?? 'gray'}
      variant="light"
      radius="sm"
      tt="none"
      fw={600}
      style={{ flexShrink: 0 }}
    >
      {state.replaceAll('-', ' ')}
    </Badge>
  );
}
