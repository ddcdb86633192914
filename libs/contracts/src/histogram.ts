import { z } from 'zod';
import { Count } from './scalars.ts';

/*
 * One table for every histogram of the product, so that they add up over a fleet: four buckets per doubling
 * (a quantile is known to within 9 %), from 2^-10 (0.001) to 2^30 (about 1e9). Bucket i holds values in
 * [2^(i/4), 2^((i+1)/4)); the first and the last one also hold what lies beyond.
 */
export const BUCKETS_PER_DOUBLING = 4;
export const FIRST_BUCKET = -10 * BUCKETS_PER_DOUBLING;
export const LAST_BUCKET = 30 * BUCKETS_PER_DOUBLING - 1;

/** Sparse counts by bucket index, with the exact sum and count. The unit is stated where it is used. */
export const Histogram = z
  .object({
    count: Count,
    sum: z.number(),
    buckets: z.record(z.string().regex(/^-?\d{1,3}$/), Count),
  })
  .meta({ id: 'Histogram' });
export type Histogram = z.infer<typeof Histogram>;

export function emptyHistogram(): Histogram {
  return { count: 0, sum: 0, buckets: {} };
}

/** Lower edge of a bucket, in the unit of the values. */
export function bucketFloor(index: number): number {
  return 2 ** (index / BUCKETS_PER_DOUBLING);
}

export function bucketOf(value: number): number {
  if (!(value > 0)) return FIRST_BUCKET;
  const guess = Math.floor(Math.log2(value) * BUCKETS_PER_DOUBLING);
  const index = value < bucketFloor(guess) ? guess - 1 : value >= bucketFloor(guess + 1) ? guess + 1 : guess;
  return Math.min(LAST_BUCKET, Math.max(FIRST_BUCKET, index));
}

export function observe(histogram: Histogram, value: number): Histogram {
  const key = String(bucketOf(value));
  return {
    count: histogram.count + 1,
    sum: histogram.sum + value,
    buckets: { ...histogram.buckets, [key]: (histogram.buckets[key] ?? 0) + 1 },
  };
}

export function mergeHistograms(a: Histogram, b: Histogram): Histogram {
  const buckets = { ...a.buckets };
  for (const [key, count] of Object.entries(b.buckets)) buckets[key] = (buckets[key] ?? 0) + count;
  return { count: a.count + b.count, sum: a.sum + b.sum, buckets };
}

/**
 * The value under which a share `q` (0 to 1) of the observations lies, interpolated inside its bucket.
 * Undefined when nothing was observed.
 */
export function quantile(histogram: Histogram, q: number): number | undefined {
  if (histogram.count === 0) return undefined;
  const rank = q * histogram.count;
  let seen = 0;
  const entries = Object.entries(histogram.buckets)
    .map(([key, count]) => [Number(key), count] as const)
    .sort(([a], [b]) => a - b);
  for (const [index, count] of entries) {
    if (seen + count >= rank) {
      const part = count === 0 ? 0 : Math.max(0, rank - seen) / count;
      return bucketFloor(index + part);
    }
    seen += count;
  }
  return bucketFloor((entries.at(-1)?.[0] ?? FIRST_BUCKET) + 1);
}
