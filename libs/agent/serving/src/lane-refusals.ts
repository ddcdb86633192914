import { FlotillaError } from '@flotilla/contracts';

/** Retry-After while nothing is known of how long loading takes: a client that asks again loses little. */
const LOADING_GUESS_MS = 5_000;
/** The same for an engine that keeps ending: it is tried again at most every half minute. */
const BROKEN_GUESS_MS = 30_000;

/** What a client is told of a load: no time that was not measured. */
export interface LoadingFacts {
  /** Part of the file that is read, from 0 to 1; undefined where it is not known. */
  share: number | undefined;
  /** How long it still takes, in milliseconds; undefined before enough of it was seen. */
  expectedMs: number | undefined;
}

/** The service has no model in memory, and one is on its way. */
export function loadingRefusal(service: string, { share, expectedMs }: LoadingFacts): FlotillaError {
  return new FlotillaError('loading', `The model of \`${service}\` is being loaded.`, {
    details: {
      about: service,
      retryAfterMs: expectedMs ?? LOADING_GUESS_MS,
      loading: {
        service,
        state: 'loading',
        ...(share === undefined ? {} : { progress: Math.round(share * 100) / 100 }),
        ...(expectedMs === undefined ? {} : { eta_seconds: Math.ceil(expectedMs / 1_000) }),
      },
    },
  });
}

export function brokenRefusal(service: string): FlotillaError {
  return new FlotillaError('unavailable', `The engine of \`${service}\` keeps ending unexpectedly.`, {
    details: {
      about: service,
      retryAfterMs: BROKEN_GUESS_MS,
      fix: 'See `status` on the box for the reason.',
    },
  });
}

export function queueFullRefusal(
  service: string,
  { queued, position, waitMs }: { queued: number; position: number; waitMs: number },
): FlotillaError {
  return new FlotillaError('queue-full', `The queue of \`${service}\` is full: ${queued} requests wait.`, {
    details: {
      about: service,
      queuePosition: position,
      retryAfterMs: waitMs,
      fix: 'Ask again after Retry-After.',
    },
  });
}

/** A wait that is longer than the caller's patience is refused now, not after it. */
export function tooLateRefusal(
  service: string,
  { deadlineMs, position, waitMs }: { deadlineMs: number; position: number; waitMs: number },
): FlotillaError {
  return new FlotillaError(
    'deadline-too-short',
    `A request to \`${service}\` waits about ${waitMs} ms now; its deadline is ${deadlineMs} ms.`,
    {
      details: {
        about: service,
        deadlineMs,
        queuePosition: position,
        // By then the wait has shrunk to the deadline.
        retryAfterMs: waitMs - deadlineMs,
        fix: 'Ask again after Retry-After, or allow more time.',
      },
    },
  );
}
