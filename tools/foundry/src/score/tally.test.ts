import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tally, tallyBy } from './tally.ts';

describe('a tally', () => {
  it("gives Wilson's interval", () => {
    const { accuracy, low, high } = tally(Array.from({ length: 10 }, (_, i) => i < 8));
    expect(accuracy).toBe(0.8);
    expect(low).toBeCloseTo(0.4902, 4);
    expect(high).toBeCloseTo(0.9433, 4);
  });

  it('holds its accuracy inside an interval inside 0 to 1', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1 }), (outcomes) => {
        const { accuracy, low, high } = tally(outcomes);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(accuracy).toBeGreaterThanOrEqual(low - 1e-12);
        expect(accuracy).toBeLessThanOrEqual(high + 1e-12);
      }),
    );
  });

  it('knows nothing from no items', () => {
    expect(tally([])).toMatchObject({ items: 0, low: 0, high: 1 });
  });

  it('groups by key', () => {
    const items = [
      { k: 'b', ok: true },
      { k: 'a', ok: false },
      { k: 'b', ok: false },
    ];
    const groups = tallyBy(items, { key: ({ k }) => k, isCorrect: ({ ok }) => ok });
    expect(Object.entries(groups).map(([key, { correct, items }]) => [key, correct, items])).toEqual([
      ['a', 0, 1],
      ['b', 1, 2],
    ]);
  });
});
