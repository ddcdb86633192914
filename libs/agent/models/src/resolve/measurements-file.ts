import { isFlotillaError } from '@flotilla/contracts';
import type { Clock } from '@flotilla/kernel';
import { readJsonFile, writeJsonFile } from '@flotilla/platform-files';
import { sameConfiguration } from '@flotilla/sizing';
import { z } from 'zod';

import type { Measurement, Measurements } from './measurements.ts';

/** Oldest rows go first; a device sees some models in its life, not thousands. */
const MOST_ROWS = 256;

const Row = z.object({
  digest: z.string(),
  adapter: z.string().optional(),
  engineRelease: z.string(),
  configuration: z.object({
    contextTokens: z.number(),
    sequences: z.number(),
    batchTokens: z.number(),
    kvType: z.enum(['f16', 'q8_0']),
  }),
  estimatedBytes: z.number().optional(),
  bytesPerToken: z.number().optional(),
  actualBytes: z.number().optional(),
  tokensPerSecond: z.number().optional(),
  threads: z.number().optional(),
  at: z.number(),
});
const File = z.object({ v: z.literal(1), rows: z.array(Row) });

/** Measurements in a JSON file. A damaged file starts again: everything in it can be measured again. */
export function createMeasurementsFile({ path, clock }: { path: string; clock: Clock }): Measurements {
  let queue: Promise<unknown> = Promise.resolve();

  async function read(): Promise<Measurement[]> {
    try {
      return (await readJsonFile(path, File))?.rows ?? [];
    } catch (error) {
      if (isFlotillaError(error) && error.code === 'corrupt-file') return [];
      throw error;
    }
  }

  /** One reader or writer at a time: a write is a read, a change and a rename. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = queue.then(work, work);
    queue = turn.catch(() => undefined);
    return turn;
  }

  return {
    all: () => inTurn(read),
    find: async (key) => (await inTurn(read)).find((row) => isAbout(row, key)),
    record: (measurement) =>
      inTurn(async () => {
        const rows = await read();
        const known = rows.find((row) => isAbout(row, measurement));
        const others = rows.filter((row) => row !== known).slice(-(MOST_ROWS - 1));
        await writeJsonFile(path, {
          v: 1,
          rows: [...others, { ...known, ...defined(measurement), at: clock.now() }],
        });
      }),
  };
}

type Key = Parameters<Measurements['find']>[0];

function isAbout(row: Measurement, key: Key): boolean {
  return (
    row.digest === key.digest &&
    row.adapter === key.adapter &&
    row.engineRelease === key.engineRelease &&
    sameConfiguration(row.configuration, key.configuration)
  );
}

function defined(measurement: Omit<Measurement, 'at'>): object {
  return Object.fromEntries(Object.entries(measurement).filter(([, value]) => value !== undefined));
}
