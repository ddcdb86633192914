import type { FlotillaError } from '@flotilla/contracts';
import type { Clock } from '@flotilla/kernel';
import type { RequestWork, ServiceRequest } from './service-request.ts';

/** A request that was just accepted. Its deadline, if it has one, begins now. */
export function acceptRequest({
  key,
  work,
  signal,
  deadlineMs,
  keepForMs,
  clock,
}: {
  key: string;
  work: RequestWork;
  signal: AbortSignal;
  deadlineMs: number | undefined;
  keepForMs: number | undefined;
  clock: Clock;
}): ServiceRequest {
  const over = new AbortController();
  let overdueMs: number | undefined;
  let endedWith: FlotillaError | undefined;
  const timer =
    deadlineMs === undefined
      ? undefined
      : clock.setTimeout(() => {
          // Whoever was cancelled before was cancelled, not late.
          if (!signal.aborted) overdueMs = deadlineMs;
          over.abort();
        }, deadlineMs);
  return {
    key,
    work,
    keepForMs,
    signal: AbortSignal.any([signal, over.signal]),
    acceptedAt: clock.monotonic(),
    get overdueMs() {
      return overdueMs;
    },
    get endedWith() {
      return endedWith;
    },
    settle: () => timer?.cancel(),
    end(error) {
      if (!signal.aborted) endedWith ??= error;
      over.abort();
    },
    retries: 0,
    ranOn: undefined,
    startedAt: undefined,
    firstTokenAt: undefined,
    tokensIn: 0,
    tokensOut: 0,
    cachedTokens: 0,
  };
}
