import { readFile } from 'node:fs/promises';

import { tempFolder } from '@flotilla/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { publish, tinyGguf } from '../../test/test-models.ts';
import { chunkLength } from './chunk-journal.ts';
import { createModelStore } from './create-model-store.ts';

const CHUNK = 64 * 1024;
const published = publish(tinyGguf(3 * CHUNK + 777), { chunkBytes: CHUNK });
const { manifest, bytes } = published;

/** The rest of a chunk in pieces, broken off (or followed by an error) after some bytes, with one bit wrong or none. */
async function* pieces(options: {
  index: number;
  from: number;
  pieceBytes: number;
  breakAfter: number;
  wrongAt?: number;
}): AsyncGenerator<Uint8Array> {
  const start = options.index * CHUNK;
  const end = start + chunkLength(manifest, options.index);
  let sent = 0;
  for (let at = start + options.from; at < end && sent < options.breakAfter; at += options.pieceBytes) {
    const piece = Buffer.from(bytes.subarray(at, Math.min(end, at + options.pieceBytes)));
    const wrong = options.wrongAt === undefined ? -1 : start + options.wrongAt - at;
    if (wrong >= 0 && wrong < piece.length) piece[wrong] = (piece[wrong] ?? 0) ^ 1;
    sent += piece.length;
    yield piece;
  }
  if (sent >= options.breakAfter) throw new TypeError('the line broke');
}

describe('a blob that is arriving', () => {
  const attempt = fc.record({
    index: fc.nat(manifest.chunks.length - 1),
    pieceBytes: fc.integer({ min: 1000, max: 40_000 }),
    breakAfter: fc.integer({ min: 1, max: CHUNK }),
    wrongAt: fc.option(fc.nat(CHUNK - 1), { nil: undefined }),
    reopen: fc.boolean(),
  });

  it('ends as the right file after any broken, corrupt and interrupted attempts, and never counts a wrong chunk as done', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(attempt, { maxLength: 12 }), async (attempts) => {
        await using folder = await tempFolder({ name: 'arriving' });
        const store = createModelStore({ folder: folder.path, reserveBytes: 0 });
        let partial = await store.openPartial(manifest);
        const full = (index: number): boolean => partial.receivedOf(index) === chunkLength(manifest, index);
        for (const { index, reopen, ...how } of attempts) {
          if (!full(index)) {
            const source = pieces({ index, from: partial.receivedOf(index), ...how });
            await partial.receive({ index, pieces: source }).catch(() => undefined);
          }
          if (reopen) {
            const before = manifest.chunks.map((_, one) => partial.receivedOf(one));
            await partial.close();
            partial = await store.openPartial(manifest);
            expect(manifest.chunks.map((_, one) => partial.receivedOf(one))).toEqual(before);
          }
          const onDisk = await readFile(partial.path);
          for (const [one] of manifest.chunks.entries()) {
            if (!full(one)) continue;
            const range = [one * CHUNK, one * CHUNK + chunkLength(manifest, one)] as const;
            expect(onDisk.subarray(...range).equals(bytes.subarray(...range))).toBe(true);
          }
        }
        for (const [index] of manifest.chunks.entries()) {
          // Bytes of an earlier attempt may be wrong: the chunk then starts again, once.
          for (let turn = 0; turn < 2 && !full(index); turn += 1) {
            const source = pieces({
              index,
              from: partial.receivedOf(index),
              pieceBytes: CHUNK,
              breakAfter: Infinity,
            });
            await partial.receive({ index, pieces: source }).catch(() => undefined);
          }
        }
        const path = await partial.complete();
        expect((await readFile(path)).equals(bytes)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('counts a chunk whose last byte came before the line broke only if it is the right one', async () => {
    await using folder = await tempFolder({ name: 'arriving' });
    const partial = await createModelStore({ folder: folder.path, reserveBytes: 0 }).openPartial(manifest);
    const whole = { from: 0, pieceBytes: CHUNK, breakAfter: CHUNK };
    await expect(partial.receive({ index: 0, pieces: pieces({ index: 0, ...whole }) })).rejects.toThrow(
      'broke',
    );
    await expect(
      partial.receive({ index: 1, pieces: pieces({ index: 1, ...whole, wrongAt: 9 }) }),
    ).rejects.toThrow('broke');
    expect([0, 1].map((index) => partial.receivedOf(index))).toEqual([CHUNK, 0]);
    await partial.close();
  });

  it('refuses bytes beyond the end of a chunk', async () => {
    await using folder = await tempFolder({ name: 'arriving' });
    const partial = await createModelStore({ folder: folder.path, reserveBytes: 0 }).openPartial(manifest);
    async function* tooMuch(): AsyncGenerator<Uint8Array> {
      yield bytes.subarray(0, CHUNK + 1);
    }
    await expect(partial.receive({ index: 0, pieces: tooMuch() })).rejects.toMatchObject({
      code: 'download-failed',
    });
    await partial.close();
  });
});
