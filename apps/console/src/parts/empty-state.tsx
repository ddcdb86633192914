import { Box, Stack, Text } from '@mantine/core';
import type { Icon } from '@primer/octicons-react';
import type { ReactNode } from 'react';
import { CommandLine } from './command-line.tsx';

interface EmptyStateProps {
  icon: Icon;
  title: string;
  children: ReactNode;
  command?: string;
}

/** What to do next where there is nothing yet. */
export function EmptyState({ icon: Glyph, title, children, command }: EmptyStateProps) {
  return (
    <Stack align="center" py="lg" gap="xs" ta="center">
      <Glyph size={32} fill="var(--mantine-color-dimmed)" />
      <Text fw={600}>{title}</Text>
      <Text component="div" c="dimmed" maw={480} size="sm">
        {children}
      </Text>
      {command !== undefined && (
        <Box w="100%" maw={560} mt="xs">
          <CommandLine command={command} />
        </Box>
      )}
    </Stack>
  );
}
