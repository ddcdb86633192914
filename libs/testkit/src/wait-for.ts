import { setTimeout as wait } from 'node:timers/promises';

import { FlotillaError } from '@flotilla/contracts';

/**
 * Polls until the condition gives something else than false, undefined or null, and returns that.
 * A condition that throws counts as not yet true; the last error is the cause of the `timeout`.
 */
export async function waitFor<Value>(
  condition: () => Value | Promise<Value>,
  {
    what,
    deadlineMs = 10_000,
    everyMs = 20,
  }: {
    /** What is waited for, for the message: `the device is online`. */
    what: string;
    /** Default 10,000. It bounds a hang and says nothing about speed. */
    deadlineMs?: number;
    everyMs?: number;
  },
): Promise<Exclude<Value, false | null | undefined>> {
  const end = performance.now() + deadlineMs;
  let cause: unknown;
  do {
    try {
      const value = await condition();
      if (value !== false && value !== undefined && value !== null) {
        return value as Exclude<Value, false | null | undefined>;
      }
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await wait(everyMs);
  } while (performance.now() < end);
  const last = cause instanceof Error ? ` The last error: ${cause.message}` : '';
  throw new FlotillaError('timeout', `Waited ${deadlineMs} ms in vain until ${what}.${last}`, { cause });
}
