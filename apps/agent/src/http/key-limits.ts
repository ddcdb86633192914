import { FlotillaError } from '@flotilla/contracts';
import type { StoredApiKey } from './api-keys.ts';

const MINUTE_MS = 60_000;
/** A client over its parallel bound is told to come back soon: an answer of its own ends before long. */
const PARALLEL_RETRY_MS = 1_000;

/** What the calls of one key have used. */
interface Use {
  /** Requests that may be made now; rises evenly to the minute's bound. */
  tokens: number;
  at: number;
  running: number;
}

export interface KeyLimits {
  /** Counts a request of a key; what it gives back ends it. Throws `rate-limited` with the time until the next may come. */
  enter(key: StoredApiKey): () => void;
}

/** Counts per key, in this process. */
export function createKeyLimits({ now }: { now: () => number }): KeyLimits {
  const uses = new Map<string, Use>();
  return {
    enter(key) {
      const { id, requestsPerMinute = Infinity, parallel = Infinity } = key;
      const before = uses.get(id);
      const at = now();
      const use: Use = before ?? { tokens: requestsPerMinute, at, running: 0 };
      if (Number.isFinite(requestsPerMinute)) {
        const grown = use.tokens + ((at - use.at) / MINUTE_MS) * requestsPerMinute;
        use.tokens = Math.min(requestsPerMinute, Math.max(0, grown));
      }
      use.at = at;
      uses.set(id, use);
      if (use.running >= parallel)
        throw limited(id, `has ${use.running} requests under way, the most it may`, PARALLEL_RETRY_MS);
      if (use.tokens < 1) {
        const waitMs = Math.ceil(((1 - use.tokens) / requestsPerMinute) * MINUTE_MS);
        throw limited(id, `has used its ${requestsPerMinute} requests a minute`, waitMs);
      }
      use.tokens -= 1;
      use.running += 1;
      let ended = false;
      return () => {
        if (ended) return;
        ended = true;
        use.running -= 1;
      };
    },
  };
}

function limited(id: string, what: string, retryAfterMs: number): FlotillaError {
  return new FlotillaError('rate-limited', `The key \`${id}\` ${what}.`, {
    details: { about: id, retryAfterMs, fix: 'Ask again after Retry-After, or raise the bounds of the key.' },
  });
}
