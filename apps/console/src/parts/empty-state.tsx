import { Code, CopyButton, Button, Group, Stack, Text, ThemeIcon } from '@mantine/core';
import { IconCheck, IconCopy, type Icon } from '@tabler/icons-react';
import type { ReactNode } from 'react';

interface EmptyStateProps {
  icon: Icon;
  title: string;
  children: ReactNode;
  command?: string;
}

/** What to do next where there is nothing yet. */
export function EmptyState({ icon: Glyph, title, children, command }: EmptyStateProps) {
  return (
    <Stack align="center" py="xl" gap="sm" ta="center">
      <ThemeIcon size={52} radius="xl" variant="light">
        <Glyph size={28} stroke={1.6} aria-hidden />
      </ThemeIcon>
      <Text fw={600}>{title}</Text>
      <Text component="div" c="dimmed" maw={460} size="sm">
        {children}
      </Text>
      {command !== undefined && <CommandLine command={command} />}
    </Stack>
  );
}

/** A shell command that can be copied. */
export function CommandLine({ command }: { command: string }) {
  return (
    <Group gap="xs" wrap="nowrap" w="100%" maw={720} mx="auto">
      <Code block style={{ flex: 1, minWidth: 0, overflowX: 'auto', textAlign: 'left' }} tabIndex={0}>
        {command}
      </Code>
      <CopyButton value={command}>
        {({ copied, copy }) => (
          <Button
            variant="light"
            size="compact-md"
            onClick={copy}
            leftSection={copied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />}
          >
            {copied ? 'Copied' : 'Copy'}
          </Button>
        )}
      </CopyButton>
    </Group>
  );
}
