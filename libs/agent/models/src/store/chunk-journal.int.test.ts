import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openChunkJournal, readRecords } from './chunk-journal.ts';

const manifest = {
  v: 1 as const,
  digest: 'a'.repeat(64),
  bytes: 3 * 65_536 + 10,
  chunkBytes: 65_536,
  chunks: Array.from({ length: 4 }, () => 'b'.repeat(64)),
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'journal-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Writes the commits, closes, and gives what a new opening reads after the journal's bytes were changed. */
async function reopened(
  commits: readonly { index: number; bytes: number }[],
  { change = (bytes: Buffer) => bytes, layout = manifest } = {},
): Promise<readonly number[]> {
  const path = join(folder, 'journal');
  const data = await open(join(folder, 'data'), 'w+');
  const first = await openChunkJournal({ path, manifest, data, fresh: true });
  await Promise.all(commits.map((commit) => first.commit(commit)));
  await first.close();
  await writeFile(path, change(await readFile(path)));
  const second = await openChunkJournal({ path, manifest: layout, data, fresh: false });
  await second.close();
  await data.close();
  return second.received;
}

describe('the journal of an arriving blob', () => {
  it('knows after a restart what was committed, the last word of each chunk counting', async () => {
    const commits = [
      { index: 0, bytes: 100 },
      { index: 2, bytes: 65_536 },
      { index: 0, bytes: 200 },
      { index: 3, bytes: 10 },
    ];
    expect(await reopened(commits)).toEqual([200, 0, 65_536, 10]);
  });

  it('loses only the record that a power cut tore', async () => {
    const commits = [
      { index: 1, bytes: 65_536 },
      { index: 2, bytes: 65_536 },
    ];
    expect(await reopened(commits, { change: (bytes) => bytes.subarray(0, -5) })).toEqual([0, 65_536, 0, 0]);
  });

  it('starts again when it belongs to another layout of chunks', async () => {
    const layout = { ...manifest, chunkBytes: 131_072, chunks: manifest.chunks.slice(0, 2) };
    expect(await reopened([{ index: 0, bytes: 65_536 }], { layout })).toEqual([0, 0]);
  });

  it('goes on after a torn record with a journal that a third opening reads whole', async () => {
    await reopened([{ index: 1, bytes: 65_536 }], {
      change: (bytes) => Buffer.concat([bytes, Buffer.from([7])]),
    });
    const path = join(folder, 'journal');
    const data = await open(join(folder, 'data'), 'r+');
    const again = await openChunkJournal({ path, manifest, data, fresh: false });
    await again.commit({ index: 3, bytes: 10 });
    await again.close();
    await data.close();
    expect(readRecords(await readFile(path), manifest).received).toEqual([0, 65_536, 0, 10]);
  });

  it('keeps every whole record before the first damaged byte', async () => {
    const commits = Array.from({ length: 8 }, (_, index) => ({
      index: index % 4,
      bytes: index % 4 === 3 ? 10 : index,
    }));
    await reopened(commits);
    const sound = await readFile(join(folder, 'journal'));
    fc.assert(
      fc.property(
        fc.integer({ min: 24, max: sound.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        (at, flip) => {
          const damaged = Buffer.from(sound);
          damaged[at] = (damaged[at] ?? 0) ^ flip;
          const whole = Math.floor((at - 24) / 12);
          const expected = [0, 0, 0, 0];
          for (const { index, bytes } of commits.slice(0, whole)) expected[index] = bytes;
          expect(readRecords(damaged, manifest)).toEqual({ received: expected, validBytes: 24 + whole * 12 });
        },
      ),
    );
  });
});
