import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bucketFloor,
  bucketOf,
  emptyHistogram,
  FIRST_BUCKET,
  Histogram,
  LAST_BUCKET,
  mergeHistograms,
  observe,
  quantile,
} from './histogram.ts';

const values = fc.array(fc.double({ min: 0.001, max: 1e8, noNaN: true }), { minLength: 1, maxLength: 200 });
const histogramOf = (list: number[]) => list.reduce(observe, emptyHistogram());

describe('the bucket table', () => {
  it('puts every value inside the edges of its bucket', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 1e8, noNaN: true }), (value) => {
        const index = bucketOf(value);
        expect(bucketFloor(index)).toBeLessThanOrEqual(value);
        expect(bucketFloor(index + 1)).toBeGreaterThan(value);
      }),
    );
  });

  it('puts each edge into the bucket it opens', () => {
    for (let index = FIRST_BUCKET; index <= LAST_BUCKET; index += 1)
      expect(bucketOf(bucketFloor(index))).toBe(index);
  });

  it.each([0, -1, Number.NaN])('puts %s into the first bucket', (value) => {
    expect(bucketOf(value)).toBe(FIRST_BUCKET);
  });
});

describe('a histogram', () => {
  it('adds up over a fleet: merging equals observing everything in one place', () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        const merged = mergeHistograms(histogramOf(a), histogramOf(b));
        const whole = histogramOf([...a, ...b]);
        expect(merged.buckets).toEqual(whole.buckets);
        expect(merged.count).toBe(whole.count);
        expect(Histogram.safeParse(merged).success).toBe(true);
      }),
    );
  });

  it('knows a quantile to within one bucket', () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (list, q) => {
        const sorted = [...list].sort((a, b) => a - b);
        const exact = sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? 0;
        const estimate = quantile(histogramOf(list), q) ?? 0;
        expect(Math.abs(Math.log2(estimate / exact))).toBeLessThanOrEqual(0.26);
      }),
    );
  });

  it('has no quantile when nothing was observed', () => {
    expect(quantile(emptyHistogram(), 0.5)).toBeUndefined();
  });
});
