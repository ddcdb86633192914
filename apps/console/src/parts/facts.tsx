import { Box, SimpleGrid, Text } from '@mantine/core';
import type { ReactNode } from 'react';

/** Label and value pairs; a fact that is unknown says so instead of vanishing. */
export function Facts({
  facts,
  columns = 2,
}: {
  facts: readonly (readonly [string, ReactNode])[];
  columns?: number;
}) {
  return (
    <SimpleGrid
      component="dl"
      cols={{ base: 1, xs: Math.min(2, columns), md: columns }}
      spacing="md"
      verticalSpacing="sm"
      m={0}
    >
      {facts.map(([label, value]) => (
        <Box key={label} style={{ minWidth: 0 }}>
          <Text component="dt" size="xs" c="dimmed">
            {label}
          </Text>
          <Text component="dd" m={0} size="sm" style={{ overflowWrap: 'anywhere' }}>
            {value ?? 'unknown'}
          </Text>
        </Box>
      ))}
    </SimpleGrid>
  );
}
