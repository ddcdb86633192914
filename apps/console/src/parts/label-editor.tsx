import type { DeviceDetail, Labels } from '@flotilla/contracts';
import { Button, Group, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useUpdateDevice } from '../api/calls.ts';
import { parseLabels } from '../format/parse-labels.ts';
import { Labels as LabelList } from './labels.tsx';
import { useMay } from './role.tsx';
import { ProblemAlert } from './problem-alert.tsx';

const asText = (labels: Labels) =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');

/** The labels of a device; who may change them does so as one line of text. */
export function LabelEditor({ device }: { device: DeviceDetail }) {
  if (useMay('operator').may) return <Editor device={device} />;
  return Object.keys(device.labels).length === 0 ? 'It has none.' : <LabelList labels={device.labels} />;
}

function Editor({ device }: { device: DeviceDetail }) {
  const known = asText(device.labels);
  // Undefined: nobody types, so that a change made elsewhere shows at once.
  const [typed, setTyped] = useState<string>();
  const update = useUpdateDevice(device.id);
  const text = typed ?? known;
  const parsed = parseLabels(text);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (parsed.ok) update.mutate({ labels: parsed.labels }, { onSuccess: () => setTyped(undefined) });
      }}
    >
      <Group align="flex-start" gap="sm">
        <TextInput
          aria-label="Labels"
          placeholder="site=lisbon, floor=2"
          value={text}
          onChange={(event) => setTyped(event.currentTarget.value)}
          error={parsed.ok ? undefined : parsed.reason}
          style={{ flex: '1 1 200px' }}
        />
        <Button
          type="submit"
          variant="default"
          loading={update.isPending}
          disabled={!parsed.ok || text === known}
        >
          Save labels
        </Button>
      </Group>
      <ProblemAlert error={update.error} />
    </form>
  );
}
