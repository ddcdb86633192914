/** A timer that has not fired yet. */
export interface Timer {
  /** Keeps the callback from being called; harmless when it was called already. */
  cancel(): void;
}

/** Time as an argument, so that tests own it. */
export interface Clock {
  /** Wall time: milliseconds since 1970 UTC. It may jump. */
  now(): number;
  /** Milliseconds since an arbitrary moment; never goes back. For measuring, never for storing. */
  monotonic(): number;
  /** Calls back once, `ms` milliseconds from now. Any `ms` is allowed, months included. */
  setTimeout(callback: () => void, ms: number): Timer;
}

const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** The machine's own time. Its timers keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout(callback, ms) {
    // The platform's timer fires at once above 2^31-1 ms (24.8 days), which a certificate renewal passes easily.
    let left = Math.max(0, ms);
    let handle: ReturnType<typeof setTimeout>;
    const arm = (): void => {
      const slice = Math.min(left, LONGEST_TIMEOUT_MS);
      left -= slice;
      handle = setTimeout(left > 0 ? arm : callback, slice);
    };
    arm();
    return { cancel: () => clearTimeout(handle) };
  },
};

/**
 * Resolves after `ms` milliseconds of the given clock; rejects with the signal's reason as soon as it aborts.
 */
export function sleep({
  clock,
  ms,
  signal,
}: {
  clock: Clock;
  ms: number;
  signal?: AbortSignal;
}): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const onAbort = (): void => {
      timer.cancel();
      reject(signal?.reason as Error);
    };
    const timer = clock.setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
