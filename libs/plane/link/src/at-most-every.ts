import type { Clock } from '@flotilla/kernel';

/** Says true for a key at most once per interval. Remembers at most `most` keys; the oldest goes first. */
export function createAtMostEvery({
  clock,
  intervalMs,
  most = 10_000,
}: {
  clock: Clock;
  intervalMs: number;
  most?: number;
}): (key: string) => boolean {
  const last = new Map<string, number>();
  return (key) => {
    const now = clock.monotonic();
    const before = last.get(key);
    if (before !== undefined && now - before < intervalMs) return false;
    last.delete(key);
    if (last.size >= most) last.delete(last.keys().next().value ?? '');
    last.set(key, now);
    return true;
  };
}
