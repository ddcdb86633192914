import type { Labels as LabelsOf } from '@flotilla/contracts';
import { Group, Text } from '@mantine/core';

/** The labels of a device, to read. */
export function Labels({ labels }: { labels: LabelsOf }) {
  const entries = Object.entries(labels);
  if (entries.length === 0) return null;
  return (
    <Group gap={4} mt={2}>
      {entries.map(([key, value]) => (
        <Text
          key={key}
          span
          size="xs"
          fw={400}
          px={5}
          style={{ border: '1px solid var(--mantine-color-default-border)', borderRadius: 4 }}
        >
          {key}={value}
        </Text>
      ))}
    </Group>
  );
}
