import { FlotillaError } from '@flotilla/contracts';
import type { Clock } from '@flotilla/kernel';

const WINDOW_MS = 60_000;
const MOST_ADDRESSES = 10_000;

/**
 * Counts wrong tokens by address: after `tries` of them within a minute, the next wrong ones are answered with
 * `rate-limited` and the time to wait.
 *
 * It is asked after a token proved wrong and never before, so a right token is never refused for what others behind the
 * same address did. Looking a token up costs one SHA-256 and one indexed read, whatever was sent; tokens have 256 random
 * bits, so there is nothing to guess: the limit is against noise, and for the metric that shows it.
 */
export interface SignInLimit {
  /** Counts one wrong token. The answer is `rate-limited` with `retryAfterMs` where there were too many. */
  failed(failure: { address: string; by: SignInWay }): FlotillaError | undefined;
}

/** How a secret came: to the sign-in route, as a bearer token of another request, in a one-time link, or to join. */
export type SignInWay = 'sign-in' | 'bearer' | 'link' | 'join';

/** @param options.tries default 10 wrong tokens per address and minute. */
export function createSignInLimit({
  clock,
  tries = 10,
  onFailed = () => {},
}: {
  clock: Clock;
  tries?: number;
  onFailed?: (by: SignInWay) => void;
}): SignInLimit {
  const failures = new Map<string, { count: number; until: number }>();
  const countOf = (address: string) => {
    const found = failures.get(address);
    if (found !== undefined && found.until > clock.now()) {
      found.count += 1;
      return found;
    }
    failures.delete(address);
    // The oldest entry goes first: a flood of addresses must not take our memory.
    if (failures.size >= MOST_ADDRESSES) failures.delete(failures.keys().next().value ?? '');
    const first = { count: 1, until: clock.now() + WINDOW_MS };
    failures.set(address, first);
    return first;
  };
  return {
    failed({ address, by }) {
      onFailed(by);
      const { count, until } = countOf(address);
      if (count <= tries) return undefined;
      return new FlotillaError(
        'rate-limited',
        'This is wrong, and there were too many wrong tokens from this address.',
        {
          details: {
            retryAfterMs: until - clock.now(),
            fix: 'Use the right token: it is taken at once. A wrong one is answered again after a minute.',
          },
        },
      );
    },
  };
}
