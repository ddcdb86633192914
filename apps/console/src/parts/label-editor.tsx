import { type DeviceDetail, Labels } from '@flotilla/contracts';
import { Button, Group, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useUpdateDevice } from '../api/queries.ts';
import { ProblemAlert } from './page.tsx';

const asText = (labels: Labels) =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');

/** Reads `key=value, key=value`; a string says what is wrong. */
export function parseLabels(text: string): Labels | string {
  const pairs = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => part.split('=', 2) as [string, string | undefined]);
  const odd = pairs.find(([, value]) => value === undefined);
  if (odd !== undefined) return `\`${odd[0]}\` is not key=value`;
  const parsed = Labels.safeParse(Object.fromEntries(pairs));
  return parsed.success ? parsed.data : (parsed.error.issues[0]?.message ?? 'not valid');
}

export function LabelEditor({ device }: { device: DeviceDetail }) {
  const [text, setText] = useState(asText(device.labels));
  const update = useUpdateDevice(device.id);
  const parsed = parseLabels(text);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (typeof parsed !== 'string') update.mutate({ labels: parsed });
      }}
    >
      <Group align="flex-start" gap="sm">
        <TextInput
          aria-label="Labels"
          placeholder="site=lisbon, floor=2"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          error={typeof parsed === 'string' ? parsed : undefined}
          style={{ flex: '1 1 260px' }}
        />
        <Button
          type="submit"
          variant="light"
          loading={update.isPending}
          disabled={typeof parsed === 'string' || text === asText(device.labels)}
        >
          Save labels
        </Button>
      </Group>
      <ProblemAlert error={update.error} />
    </form>
  );
}
