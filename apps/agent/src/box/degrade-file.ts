import { isFlotillaError, TimeMs } from '@flotilla/contracts';
import type { DegradeKey, DegradeMemory, DegradeStep } from '@flotilla/agent-serving';
import { oneAtATime } from '@flotilla/kernel';
import { readJsonFile, writeJsonFile } from '@flotilla/platform-files';
import { z } from 'zod';

/** Oldest first to go; a device runs a handful of models. */
const MOST_ROWS = 64;

const Step = z.object({
  kind: z.enum(['fewer-sequences', 'shorter-context', 'fewer-gpu-layers', 'cpu']),
  sequences: z.int().min(1),
  contextTokens: z.int().min(1),
  gpu: z.enum(['auto', 'off']),
  gpuLayers: z.int().min(0).optional(),
  reason: z.string(),
  at: TimeMs,
});
const Row = z.object({ variantDigest: z.string(), release: z.string(), steps: z.array(Step) });
const File = z.object({ v: z.literal(1), rows: z.array(Row) });
type Row = z.infer<typeof Row>;

/** The rungs that models of this device stand on, in a JSON file. A damaged one starts again: they are found once more. */
export function createDegradeFile({ path }: { path: string }): DegradeMemory {
  /** Readers too: a write is a read, a change and a rename. */
  const inTurn = oneAtATime();

  async function read(): Promise<Row[]> {
    try {
      return (await readJsonFile(path, File))?.rows ?? [];
    } catch (error) {
      if (isFlotillaError(error) && error.code === 'corrupt-file') return [];
      throw error;
    }
  }

  const remember = (key: DegradeKey, steps: readonly DegradeStep[]): Promise<void> =>
    inTurn(async () => {
      const before = await read();
      const rows = before.filter((row) => !isAbout(row, key));
      if (steps.length === 0 && rows.length === before.length) return;
      const row = { variantDigest: key.variantDigest, release: key.release ?? '', steps };
      const next = steps.length === 0 ? rows : [...rows.slice(-(MOST_ROWS - 1)), row];
      await writeJsonFile(path, { v: 1, rows: next });
    });

  return {
    recall: (key) => inTurn(async () => (await read()).find((row) => isAbout(row, key))?.steps ?? []),
    remember,
  };
}

function isAbout(row: Row, { variantDigest, release = '' }: DegradeKey): boolean {
  return row.variantDigest === variantDigest && row.release === release;
}
