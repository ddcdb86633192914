import { setImmediate as turn } from 'node:timers/promises';

import type { Clock } from '@flotilla/kernel';

export interface FakeClock extends Clock {
  /** How many timers wait. */
  readonly waiting: number;
  /**
   * Lets time pass: fires every timer that becomes due, in order, and lets the promises that hang on each one settle
   * before the next. Timers set meanwhile fire too where they become due.
   */
  advance(ms: number): Promise<void>;
  /** Moves the wall time only, forwards or backwards, as NTP or a person does. No timer fires. */
  jump(ms: number): void;
}

/** Time that passes only when a test says so. `now` defaults to 2026-01-01 UTC. */
export function fakeClock({ now: start = Date.UTC(2026, 0, 1) }: { now?: number } = {}): FakeClock {
  let passed = 0;
  let offset = start;
  let order = 0;
  const timers = new Map<number, { at: number; callback: () => void }>();
  const nextDue = (until: number) =>
    [...timers]
      .filter(([, { at }]) => at <= until)
      .sort(([oneId, one], [otherId, other]) => one.at - other.at || oneId - otherId)[0];
  return {
    now: () => offset + passed,
    monotonic: () => passed,
    setTimeout(callback, ms) {
      const id = (order += 1);
      timers.set(id, { at: passed + Math.max(0, ms), callback });
      return { cancel: () => void timers.delete(id) };
    },
    get waiting() {
      return timers.size;
    },
    async advance(ms) {
      const until = passed + ms;
      await turn();
      for (let due = nextDue(until); due; due = nextDue(until)) {
        const [id, { at, callback }] = due;
        timers.delete(id);
        passed = at;
        callback();
        await turn();
      }
      passed = until;
    },
    jump(ms) {
      offset += ms;
    },
  };
}
