import type { FakeClock } from '@flotilla/testkit';

/**
 * Lets time pass until something is seen, a second at a turn. What real processes do takes turns of its own: none should
 * be on its way meanwhile that a watchdog would take for hung.
 */
export async function passUntil(isSeen: () => boolean, clock: FakeClock): Promise<void> {
  while (!isSeen()) await clock.advance(1_000);
}
