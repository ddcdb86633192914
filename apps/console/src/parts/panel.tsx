import { Group, Paper, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';

interface PanelProps {
  title?: string;
  hint?: ReactNode;
  action?: ReactNode;
  children: ReactNode;
}

/** One subject of a page, with its heading. */
export function Panel({ title, hint, action, children }: PanelProps) {
  return (
    <Paper
      component="section"
      withBorder
      p={{ base: 'md', sm: 'lg' }}
      bg="var(--flotilla-panel)"
      aria-label={title}
    >
      {(title ?? action) !== undefined && (
        <Group justify="space-between" align="flex-start" mb="md" gap="sm">
          <div>
            {title !== undefined && <Title order={2}>{title}</Title>}
            {hint !== undefined && (
              <Text size="sm" c="dimmed" mt={2}>
                {hint}
              </Text>
            )}
          </div>
          {action}
        </Group>
      )}
      {children}
    </Paper>
  );
}
