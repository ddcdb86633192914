import { FlotillaError, HttpProblem, PROBLEMS, type ProblemCode } from '@flotilla/contracts';
import { retrySchedule, sleep, type Clock } from '@flotilla/kernel';

export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** The platform's fetch, but a refusal throws, and a GET that may succeed later is tried again. */
export function createCall({
  fetch,
  clock,
  random,
  retries,
}: {
  fetch: Fetch;
  clock: Clock;
  random: () => number;
  retries: number;
}): Fetch {
  return async (input, init) => {
    const repeatable = (init?.method ?? 'GET').toUpperCase() === 'GET';
    const delays = retrySchedule({ initialMs: 500, maxMs: 5_000, attempts: retries, random })[
      Symbol.iterator
    ]();
    for (;;) {
      const outcome = await attempt({ fetch, input, init });
      if (outcome instanceof Response) return outcome;
      const delay = delays.next();
      if (!repeatable || !outcome.retryable || outcome.code === 'aborted' || delay.done) throw outcome;
      const asked = outcome.details['retryAfterMs'];
      const ms = Math.max(delay.value, typeof asked === 'number' ? asked : 0);
      await sleep({ clock, ms, ...(init?.signal ? { signal: init.signal } : {}) });
    }
  };
}

async function attempt({
  fetch,
  input,
  init,
}: {
  fetch: Fetch;
  input: string | URL | Request;
  init: RequestInit | undefined;
}): Promise<Response | FlotillaError> {
  let response: Response;
  try {
    response = await fetch(input, init);
  } catch (cause) {
    if (init?.signal?.aborted) return new FlotillaError('aborted', 'The request was cancelled.', { cause });
    return new FlotillaError('offline', 'The control plane does not answer.', {
      cause,
      details: { fix: 'Check its address and that it runs.' },
    });
  }
  return response.ok ? response : refusalOf(response);
}

/** The refusal as the error it was at the server. A proxy's own answer has no code of ours and is told by its status. */
async function refusalOf(response: Response): Promise<FlotillaError> {
  const parsed = HttpProblem.safeParse(await response.json().catch(() => undefined));
  if (!parsed.success) {
    const code: ProblemCode = response.status >= 502 && response.status <= 504 ? 'unavailable' : 'internal';
    return new FlotillaError(code, `The server answered ${response.status} without a reason.`);
  }
  const { code, detail, about, fix, errors, retryAfterMs, requestId } = parsed.data;
  const fields = errors?.map(({ field, message }) => `${field}: ${message}`) ?? [];
  return new FlotillaError(isCode(code) ? code : 'internal', detail, {
    details: {
      ...(about === undefined ? {} : { about }),
      ...(fix === undefined ? {} : { fix }),
      ...(errors === undefined ? {} : { errors, field: errors[0]?.field ?? '', fields }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...(requestId === undefined ? {} : { requestId }),
    },
    ...(isCode(code) ? {} : { retryable: response.status >= 500 }),
  });
}

function isCode(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEMS, code);
}
