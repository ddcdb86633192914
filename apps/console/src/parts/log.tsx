import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Ago } from './ago.tsx';

interface Entry {
  key: string | number;
  at: number;
  text: ReactNode;
}

/** Things that happened: when, then what. */
export function Log({ label, entries }: { label: string; entries: readonly Entry[] }) {
  return (
    <ol className="log" aria-label={label}>
      {entries.map(({ key, at, text }) => (
        <li key={key}>
          <Text component="div" size="xs" c="dimmed">
            <Ago at={at} />
          </Text>
          <Text component="div" size="sm">
            {text}
          </Text>
        </li>
      ))}
    </ol>
  );
}
