export interface RetryScheduleOptions {
  /** Ceiling of the first delay in milliseconds. Default 1,000. */
  initialMs?: number;
  /** Ceiling of every delay in milliseconds. Default 60,000. */
  maxMs?: number;
  /** Growth of the ceiling from one attempt to the next. Default 2. */
  factor?: number;
  /** Least delay in milliseconds; full jitter alone may give 0. Default 0. */
  minMs?: number;
  /** How many delays there are before the schedule ends. Default: it never ends. */
  attempts?: number;
  /** A number in [0, 1), such as `Math.random`. */
  random: () => number;
}

/**
 * The delays to wait between attempts: exponential, capped, with full jitter, so that a fleet cut off together
 * does not come back together. Each iteration of the result starts again from the first delay.
 */
export function retrySchedule({
  initialMs = 1000,
  maxMs = 60_000,
  factor = 2,
  minMs = 0,
  attempts = Infinity,
  random,
}: RetryScheduleOptions): Iterable<number, undefined> {
  return {
    *[Symbol.iterator](): Generator<number, undefined> {
      let ceiling = initialMs;
      for (let attempt = 0; attempt < attempts; attempt += 1) {
        const top = Math.max(minMs, Math.min(maxMs, ceiling));
        yield Math.round(minMs + random() * (top - minMs));
        ceiling = Math.min(maxMs, ceiling * factor); // capped here too: an endless outage must not reach Infinity
      }
    },
  };
}
