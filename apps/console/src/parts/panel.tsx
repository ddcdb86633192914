import { Group, Paper, Text, Title } from '@mantine/core';
import { type ReactNode, useId } from 'react';

interface PanelProps {
  title?: string;
  hint?: ReactNode;
  action?: ReactNode;
  children: ReactNode;
}

/** One subject of a page, with its heading. */
export function Panel({ title, hint, action, children }: PanelProps) {
  const heading = useId();
  return (
    <Paper
      {...(title === undefined ? {} : { component: 'section', 'aria-labelledby': heading })}
      withBorder
      p={{ base: 'md', sm: 'lg' }}
      bg="var(--flotilla-panel)"
      style={{ minWidth: 0 }}
    >
      {(title ?? action) !== undefined && (
        <Group justify="space-between" align="flex-start" mb="sm" gap="sm">
          <div style={{ minWidth: 0, flex: '1 1 200px' }}>
            {title !== undefined && (
              <Title order={2} id={heading} style={{ overflowWrap: 'anywhere' }}>
                {title}
              </Title>
            )}
            {hint !== undefined && (
              <Text component="div" size="sm" c="dimmed" mt={2}>
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
