import { invalid } from '@flotilla/agent-openai';
import { FlotillaError } from '@flotilla/contracts';

const HEADER = 'x-flotilla-deadline-ms';
const LONGEST_MS = 86_400_000;

/**
 * How long a client waits, from its header and its body; the shorter where both say.
 *
 * Throws `invalid-input` for a header that is no number of milliseconds.
 */
export function deadlineOf(headers: Headers, bodyMs?: number): number | undefined {
  const header = headers.get(HEADER);
  if (header === null) return bodyMs;
  if (!/^\d{1,9}$/.test(header) || Number(header) < 1 || Number(header) > LONGEST_MS)
    throw invalid(HEADER, `must be whole milliseconds from 1 to ${LONGEST_MS}`);
  return Math.min(Number(header), bodyMs ?? LONGEST_MS);
}

/** Aborts where the client of a request goes, and with `timeout` when it waits no longer; for what takes no place in a queue. */
export function deadlineSignal({ headers, signal }: Pick<Request, 'headers' | 'signal'>): AbortSignal {
  const deadlineMs = deadlineOf(headers);
  if (deadlineMs === undefined) return signal;
  const late = new AbortController();
  const error = new FlotillaError('timeout', `It was not done within the ${deadlineMs} ms of its deadline.`, {
    details: { field: HEADER },
  });
  setTimeout(() => late.abort(error), deadlineMs).unref();
  return AbortSignal.any([signal, late.signal]);
}
