import { setTimeout as delay } from 'node:timers/promises';
import { FlotillaError } from '@flotilla/contracts';

interface PollOptions<T> {
  /** Undefined means: not yet. */
  read: () => Promise<T | undefined>;
  /** What is waited for, for the error. */
  what: string;
  deadlineMs: number;
  signal: AbortSignal;
}

/** Reads every 100 ms until there is an answer. @throws FlotillaError `timeout` naming what did not come. */
export async function poll<T>({ read, what, deadlineMs, signal }: PollOptions<T>): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const value = await read();
    if (value !== undefined) return value;
    if (performance.now() > deadline)
      throw new FlotillaError('timeout', `${what} did not happen within ${deadlineMs / 1_000} s`);
    await delay(100, undefined, { signal });
  }
}
