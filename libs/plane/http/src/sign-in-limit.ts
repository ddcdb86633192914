import { FlotillaError } from '@flotilla/contracts';
import type { Clock } from '@flotilla/kernel';

const WINDOW_MS = 60_000;
const MOST_ADDRESSES = 10_000;

/** Slows down guessing: after `tries` failures from one address within a minute, the next are refused until it is over. */
export interface SignInLimit {
  /** Throws `rate-limited` with `retryAfterMs`. */
  check(address: string): void;
  failed(address: string): void;
}

/** @param options.tries default 10. Tokens have 128 random bits and more: this is against noise, and for the log. */
export function createSignInLimit({ clock, tries = 10 }: { clock: Clock; tries?: number }): SignInLimit {
  const failures = new Map<string, { count: number; until: number }>();
  const current = (address: string) => {
    const found = failures.get(address);
    if (found !== undefined && found.until <= clock.now()) {
      failures.delete(address);
      return undefined;
    }
    return found;
  };
  return {
    check(address) {
      const found = current(address);
      if (found === undefined || found.count < tries) return;
      const retryAfterMs = found.until - clock.now();
      throw new FlotillaError('rate-limited', 'There were too many failed sign-ins from this address.', {
        details: { retryAfterMs, fix: 'Wait a minute, then use the right token.' },
      });
    },
    failed(address) {
      const found = current(address);
      if (found !== undefined) {
        found.count += 1;
        return;
      }
      // The oldest entry goes first: a flood of addresses must not take our memory.
      if (failures.size >= MOST_ADDRESSES) failures.delete(failures.keys().next().value ?? '');
      failures.set(address, { count: 1, until: clock.now() + WINDOW_MS });
    },
  };
}
