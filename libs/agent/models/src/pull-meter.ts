import type { Clock } from '@flotilla/kernel';

export interface PullProgress {
  doneBytes: number;
  totalBytes: number;
  /** Over the last seconds; absent before anything arrived. */
  bytesPerSecond?: number;
}

const REPORT_EVERY_MS = 250;
const SPEED_WINDOW_MS = 5000;

/** Turns arriving bytes into progress: not too often, and with the speed of the last seconds. */
export function createPullMeter({
  partial,
  totalBytes,
  clock,
  report,
}: {
  partial: { readonly doneBytes: number };
  totalBytes: number;
  clock: Clock;
  report?: (progress: PullProgress) => void;
}): { count: (bytes: number) => void; finish: () => void } {
  if (report === undefined) return { count: () => undefined, finish: () => undefined };
  let arrived: { at: number; bytes: number }[] = [];
  let reportedAt = -Infinity;
  const send = (): void => {
    const now = clock.monotonic();
    reportedAt = now;
    arrived = arrived.filter(({ at }) => now - at <= SPEED_WINDOW_MS);
    const [oldest] = arrived;
    const bytes = arrived.reduce((sum, one) => sum + one.bytes, 0);
    report({
      doneBytes: partial.doneBytes,
      totalBytes,
      ...(oldest === undefined || now - oldest.at < REPORT_EVERY_MS
        ? {}
        : { bytesPerSecond: Math.round((bytes / (now - oldest.at)) * 1000) }),
    });
  };
  return {
    count(bytes) {
      const now = clock.monotonic();
      const last = arrived.at(-1);
      // One entry per report period keeps the list short on fast lines.
      if (last !== undefined && now - last.at < REPORT_EVERY_MS) last.bytes += bytes;
      else arrived.push({ at: now, bytes });
      if (now - reportedAt >= REPORT_EVERY_MS) send();
    },
    finish: send,
  };
}
