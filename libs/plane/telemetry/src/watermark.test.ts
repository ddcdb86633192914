import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextWatermark } from './watermark.ts';

const held = (...sequences: Array<number | [number, number]>) =>
  sequences.map((s) =>
    typeof s === 'number' ? { sequence: s, dropped: 0 } : { sequence: s[0], dropped: s[1] },
  );

describe('up to where a device may forget', () => {
  it.each([
    ['rows that follow', 0, held(1, 2, 3), [1, 3], false, 3],
    ['a gap that nobody declared', 2, held(5, 6), [5, 6], false, 2],
    ['the same rows again after that gap', 2, held(5, 6), [5, 6], true, 6],
    ['a declared gap', 2, held([5, 2], 6), [5, 6], false, 6],
    ['a gap larger than declared', 2, held([6, 2]), [6, 6], false, 2],
    ['the rows that were missing', 2, held(3, 4, 5, 6), [3, 4], false, 6],
    ['a repeat of what is covered', 6, [], [3, 4], true, 6],
    ['a second gap behind a repeated batch', 2, held(5, 6, 9), [5, 6], true, 6],
  ] as const)('moves with %s', (_given, upTo, rows, [first, last], isRepeat, expected) => {
    expect(nextWatermark({ upTo, held: rows, batch: { first, last }, isRepeat })).toBe(expected);
  });

  it('loses no row that is on its way, in whatever order batches come, and ends with all of them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.infiniteStream(fc.nat()), (batches, stream) => {
        const order = Array.from({ length: batches }, (_, i) => [stream.next().value as number, i] as const)
          .sort(([a], [b]) => a - b)
          .map(([, i]) => i);
        const got = new Set<number>();
        let upTo = 0;
        for (const index of order) {
          const rows = [index * 3 + 1, index * 3 + 2, index * 3 + 3];
          for (const row of rows) got.add(row);
          upTo = nextWatermark({
            upTo,
            held: [...got]
              .filter((s) => s > upTo)
              .sort((a, b) => a - b)
              .map((sequence) => ({ sequence, dropped: 0 })),
            batch: { first: rows[0] ?? 0, last: rows[2] ?? 0 },
            isRepeat: false,
          });
          for (let s = 1; s <= upTo; s++) expect(got.has(s)).toBe(true);
        }
        expect(upTo).toBe(batches * 3);
      }),
    );
  });
});
