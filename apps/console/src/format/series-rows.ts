import type { Series, SeriesPoint } from '@flotilla/contracts';

export type SeriesRow = { at: number } & Partial<Omit<SeriesPoint, 'at'>>;

/** One row per interval of the series, also for those without a reading, so that a gap looks like one. */
export function seriesRows({ from, to, stepMs, points }: Series): SeriesRow[] {
  if (to <= from) return [];
  const first = Math.floor(from / stepMs) * stepMs;
  const known = new Map(points.map((point) => [Math.floor(point.at / stepMs) * stepMs, point]));
  return Array.from({ length: Math.ceil((to - first) / stepMs) }, (_, index) => {
    const at = first + index * stepMs;
    return { ...known.get(at), at };
  });
}
