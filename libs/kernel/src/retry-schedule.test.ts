import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { retrySchedule } from './retry-schedule.ts';

const first = (count: number, delays: Iterable<number>): number[] => {
  const taken: number[] = [];
  for (const delay of delays) {
    if (taken.length === count) break;
    taken.push(delay);
  }
  return taken;
};

describe('retrySchedule', () => {
  it('doubles its ceiling up to the cap', () => {
    const delays = retrySchedule({ initialMs: 100, maxMs: 500, random: () => 1 });
    expect(first(5, delays)).toEqual([100, 200, 400, 500, 500]);
  });

  it('spreads every delay over the whole range below its ceiling', () => {
    expect(first(3, retrySchedule({ initialMs: 100, maxMs: 500, random: () => 0 }))).toEqual([0, 0, 0]);
    expect(first(3, retrySchedule({ initialMs: 100, maxMs: 500, random: () => 0.5 }))).toEqual([
      50, 100, 200,
    ]);
  });

  it('starts again when it is iterated again', () => {
    const delays = retrySchedule({ initialMs: 100, random: () => 1 });
    expect(first(2, delays)).toEqual([100, 200]);
    expect(first(2, delays)).toEqual([100, 200]);
  });

  it('ends after the given attempts', () => {
    expect([...retrySchedule({ initialMs: 1, attempts: 3, random: () => 1 })]).toEqual([1, 2, 4]);
  });

  it('keeps every delay between its least and its largest, whatever the random numbers', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 1 }),
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: 0, max: 500 }),
        (randoms, initialMs, minMs) => {
          let index = 0;
          const random = () => randoms[index++ % randoms.length] ?? 0;
          for (const delay of first(50, retrySchedule({ initialMs, minMs, maxMs: 4000, random }))) {
            expect(delay).toBeGreaterThanOrEqual(minMs);
            expect(delay).toBeLessThanOrEqual(4000);
          }
        },
      ),
    );
  });
});
