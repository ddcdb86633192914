import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimalFraction, percentOf, reachesShare } from './exact-share.ts';

describe('exact shares', () => {
  it.each([
    [0, 0n, 1n],
    [1, 1n, 1n],
    [0.9, 9n, 10n],
    [33.3, 333n, 10n],
    [1e-7, 1n, 10_000_000n],
    [1.5e-7, 15n, 100_000_000n],
    [1e21, 10n ** 21n, 1n],
  ])('reads %d as people wrote it', (value, numerator, denominator) => {
    expect(decimalFraction(value)).toEqual({ numerator, denominator });
  });

  it('passes nine of ten at 0.9, where binary arithmetic may not', () => {
    for (let whole = 10; whole <= 100_000; whole += 10) {
      expect(reachesShare((whole / 10) * 9, whole, 0.9)).toBe(true);
      expect(reachesShare((whole / 10) * 9 - 1, whole, 0.9)).toBe(false);
    }
  });

  it('takes any share of nothing as reached', () => {
    expect(reachesShare(0, 0, 1)).toBe(true);
  });

  it('needs never more than one further success for any share', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        fc.integer({ min: 0, max: 1000 }),
        (whole, permille) => {
          const needed = Math.ceil((whole * permille) / 1000);
          expect(reachesShare(needed, whole, permille / 1000)).toBe(true);
          if (needed > 0) expect(reachesShare(needed - 1, whole, permille / 1000)).toBe(false);
        },
      ),
    );
  });

  it.each([
    [1, 5, 1],
    [10, 10, 1],
    [10, 11, 2],
    [33.3, 1000, 333],
    [100, 7, 7],
    [0.001, 7, 1],
  ])('takes %d percent of %d as %d', (percent, total, expected) => {
    expect(percentOf(percent, total)).toBe(expected);
  });
});
