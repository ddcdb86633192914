import { sleep, type Clock } from '@flotilla/kernel';

/** How long a quiet line may catch up at full speed. */
const BURST_MS = 250;

export interface BandwidthCap {
  /** Resolves when `bytes` more may have been taken; all callers share one line, in the order of their calls. */
  take(bytes: number, signal?: AbortSignal): Promise<void>;
}

/** A token bucket over all who hold it. Without a rate it never waits. */
export function createBandwidthCap({
  bytesPerSecond,
  clock,
}: {
  bytesPerSecond?: number;
  clock: Clock;
}): BandwidthCap {
  if (bytesPerSecond === undefined) return { take: async () => undefined };
  /** When everything granted so far will have passed at the exact rate. */
  let paidUntil = -Infinity;
  return {
    async take(bytes, signal) {
      const now = clock.monotonic();
      paidUntil = Math.max(now, paidUntil) + (bytes / bytesPerSecond) * 1000;
      const ms = paidUntil - BURST_MS - now;
      if (ms > 0) await sleep({ clock, ms, signal });
    },
  };
}
