import { Text } from '@mantine/core';
import type { ReactNode } from 'react';

interface FactsProps {
  facts: readonly (readonly [string, ReactNode])[];
  /** Least width of a fact in pixels; as many stand side by side as fit. Default 150. */
  width?: number;
}

/** Label and value pairs; a fact that is unknown says so instead of vanishing. */
export function Facts({ facts, width = 150 }: FactsProps) {
  return (
    <dl className="facts" style={{ gridTemplateColumns: `repeat(auto-fill, minmax(${width}px, 1fr))` }}>
      {facts.map(([label, value]) => (
        <div key={label} style={{ minWidth: 0 }}>
          <Text component="dt" size="xs" c="dimmed">
            {label}
          </Text>
          <Text component="dd" m={0} size="sm" className="number" style={{ overflowWrap: 'anywhere' }}>
            {value ?? 'unknown'}
          </Text>
        </div>
      ))}
    </dl>
  );
}
