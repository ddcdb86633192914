import { writeFile } from 'node:fs/promises';

import { fakeClock, tempFolder, type TempFolder } from '@flotilla/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Measurements } from './measurements.ts';
import { createMeasurementsFile } from './measurements-file.ts';

const key = {
  digest: 'a'.repeat(64),
  engineRelease: 'llama.cpp v1',
  configuration: { contextTokens: 1024, sequences: 2, batchTokens: 512, kvType: 'f16' as const },
};

let folder: TempFolder;
let measurements: Measurements;
const open = (): Measurements =>
  createMeasurementsFile({ path: folder.file('measured.json'), clock: fakeClock() });

beforeEach(async () => {
  folder = await tempFolder({ name: 'measured' });
  measurements = open();
});
afterEach(() => folder.remove());

describe('what the device learnt', () => {
  it('is nothing before anything was recorded', async () => {
    expect(await measurements.all()).toEqual([]);
    expect(await measurements.find(key)).toBeUndefined();
  });

  it('adds up over recordings and restarts', async () => {
    await measurements.record({ ...key, estimatedBytes: 100 });
    await measurements.record({ ...key, actualBytes: 90, threads: 3, estimatedBytes: undefined });
    expect(await open().find(key)).toMatchObject({ estimatedBytes: 100, actualBytes: 90, threads: 3 });
    expect(await open().all()).toHaveLength(1);
  });

  it('is kept apart by model, adapter, engine and configuration', async () => {
    await measurements.record({ ...key, threads: 1 });
    await measurements.record({ ...key, engineRelease: 'llama.cpp v2', threads: 2 });
    await measurements.record({ ...key, configuration: { ...key.configuration, sequences: 1 }, threads: 3 });
    expect((await measurements.find(key))?.threads).toBe(1);
    expect(await measurements.all()).toHaveLength(3);
  });

  it('loses nothing when several record at once', async () => {
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        measurements.record({ ...key, digest: String(index), threads: index }),
      ),
    );
    expect(await measurements.all()).toHaveLength(20);
  });

  it('forgets the oldest after some hundred', async () => {
    for (let index = 0; index < 260; index += 1) await measurements.record({ ...key, digest: String(index) });
    const digests = (await measurements.all()).map(({ digest }) => digest);
    expect(digests).toHaveLength(256);
    expect(digests).not.toContain('0');
    expect(digests).toContain('259');
  }, 60_000);

  it('starts again when its file is damaged: it can all be measured once more', async () => {
    await writeFile(folder.file('measured.json'), '{"v":1,"rows":[{');
    expect(await measurements.all()).toEqual([]);
    await measurements.record({ ...key, threads: 2 });
    expect((await open().find(key))?.threads).toBe(2);
  });
});
