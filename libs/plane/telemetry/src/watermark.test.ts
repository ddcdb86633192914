import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closeGaps, isCovered, nextWatermark, type Gap } from './watermark.ts';

describe('up to where a device may forget', () => {
  it.each([
    ['rows that follow', { upTo: 0, held: [1, 2, 3], first: 1, isResent: false }, 3],
    ['a gap', { upTo: 2, held: [5, 6], first: 5, isResent: false }, 2],
    ['the rows behind that gap, sent anew', { upTo: 2, held: [5, 6], first: 5, isResent: true }, 6],
    ['the rows that were missing', { upTo: 2, held: [3, 4, 5, 6], first: 3, isResent: false }, 6],
    ['what is covered, sent anew', { upTo: 6, held: [], first: 3, isResent: true }, 6],
    ['a second gap behind what was sent anew', { upTo: 2, held: [5, 6, 9], first: 5, isResent: true }, 6],
    ['a gap before what was sent anew', { upTo: 2, held: [5, 6, 9], first: 9, isResent: true }, 2],
  ])('moves with %s', (_given, given, expected) => {
    expect(nextWatermark(given).upTo).toBe(expected);
  });

  it('says what it passed over, and lets those rows count when they come', () => {
    const { upTo, passed } = nextWatermark({ upTo: 2, held: [6], first: 6, isResent: true });
    expect(passed).toEqual([{ first: 3, last: 5 }]);
    expect([2, 3, 5, 6, 7].map((sequence) => isCovered(sequence, upTo, passed))).toEqual([
      true,
      false,
      false,
      true,
      false,
    ]);
    expect(closeGaps(passed, [4])).toEqual([
      { first: 3, last: 3 },
      { first: 5, last: 5 },
    ]);
    expect(closeGaps(passed, [3, 4, 5, 6])).toEqual([]);
  });

  it('counts every row once, in whatever order and however often its messages come', () => {
    const messages = fc.array(fc.record({ batch: fc.nat(6), isNew: fc.boolean() }), { maxLength: 40 });
    fc.assert(
      fc.property(messages, (list) => {
        const seen = new Set<number>();
        const counted: number[] = [];
        let gaps: Gap[] = [];
        let upTo = 0;
        for (const { batch, isNew } of list) {
          const rows = [1, 2, 3].map((i) => batch * 3 + i);
          const fresh = rows.filter((row) => !seen.has(row) && !isCovered(row, upTo, gaps));
          counted.push(...fresh);
          for (const row of fresh) seen.add(row);
          gaps = closeGaps(gaps, fresh);
          const held = [...seen].filter((row) => row > upTo).sort((a, b) => a - b);
          const next = nextWatermark({
            upTo,
            held,
            first: rows[0] ?? 0,
            isResent: isNew && fresh.length === 0,
          });
          gaps.push(...next.passed);
          upTo = next.upTo;
          // Raw rows are forgotten after a while: from then on only mark and gaps know.
          for (const row of [...seen]) if (isCovered(row, upTo, gaps)) seen.delete(row);
          for (let row = 1; row <= upTo; row++)
            expect(isCovered(row, upTo, gaps)).toBe(counted.includes(row));
        }
        const sent = new Set(list.flatMap(({ batch }) => [1, 2, 3].map((i) => batch * 3 + i)));
        expect(counted.toSorted((a, b) => a - b)).toEqual([...sent].sort((a, b) => a - b));
      }),
    );
  });
});
