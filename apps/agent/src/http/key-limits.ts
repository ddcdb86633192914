import { createSpeedMeter, estimateWaitMs, type SpeedMeter } from '@flotilla/agent-serving-core';
import { FlotillaError } from '@flotilla/contracts';
import type { StoredApiKey } from './api-keys.ts';

const MINUTE_MS = 60_000;

/** What the calls of one key have used. */
interface Use {
  /** Requests that may be made now; rises evenly to the minute's bound. */
  tokens: number;
  at: number;
  /** Since when each request runs that is under way. */
  running: Set<{ since: number }>;
  /** How long its requests take. */
  meter: SpeedMeter;
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
      const use: Use = before ?? {
        tokens: requestsPerMinute,
        at,
        running: new Set(),
        meter: createSpeedMeter(),
      };
      if (Number.isFinite(requestsPerMinute)) {
        const grown = use.tokens + ((at - use.at) / MINUTE_MS) * requestsPerMinute;
        use.tokens = Math.min(requestsPerMinute, Math.max(0, grown));
      }
      use.at = at;
      uses.set(id, use);
      if (use.running.size >= parallel) {
        const waitMs = estimateWaitMs({
          ahead: 0,
          sequences: parallel,
          meanRunMs: use.meter.meanRunMs,
          runningMs: [...use.running].map(({ since }) => at - since),
        });
        throw limited(id, `has ${use.running.size} requests under way, the most it may`, waitMs);
      }
      if (use.tokens < 1) {
        const waitMs = Math.ceil(((1 - use.tokens) / requestsPerMinute) * MINUTE_MS);
        throw limited(id, `has used its ${requestsPerMinute} requests a minute`, waitMs);
      }
      use.tokens -= 1;
      const run = { since: at };
      use.running.add(run);
      return () => {
        if (use.running.delete(run)) use.meter.observe({ runMs: now() - run.since });
      };
    },
  };
}

/** Nobody stands in line for the bounds of a key: whoever comes after `retryAfterMs` is the first. */
function limited(id: string, what: string, retryAfterMs: number): FlotillaError {
  return new FlotillaError('rate-limited', `The key \`${id}\` ${what}.`, {
    details: {
      about: id,
      queuePosition: 1,
      retryAfterMs,
      fix: 'Ask again after Retry-After, or raise the bounds of the key.',
    },
  });
}
