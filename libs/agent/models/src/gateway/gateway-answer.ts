import { FlotillaError, PROBLEM_CODES, Problem, type ProblemCode } from '@flotilla/contracts';

/** Longest wait that a `Retry-After` may ask for here; the agent's own loop waits longer than that. */
const LONGEST_WAIT_MS = 5 * 60_000;

/** An answer of the gateway that is not the one asked for, as an error; `retryable` says whether to ask again. */
export function answerError({
  status,
  body,
  path,
  retryAfterMs: waitMs,
}: {
  status: number;
  body: string;
  path: string;
  /** What `retryAfterMs` read from its headers; kept in the details under the same name. */
  retryAfterMs?: number;
}): FlotillaError {
  const problem = readProblem(body);
  const code = known(problem?.code) ?? codeOf(status);
  return new FlotillaError(code, problem?.detail ?? `The gateway answered ${status} for ${path}.`, {
    details: {
      status,
      about: problem?.about ?? path,
      ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
      ...(problem?.fix === undefined ? {} : { fix: problem.fix }),
    },
    // 4xx means that the same request is answered the same way; only these two say to come back.
    retryable: status >= 500 || status === 429 || status === 408,
  });
}

/** Milliseconds that a `Retry-After` header asks for, as seconds or as a date; undefined for none or nonsense. */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const seconds = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(seconds) ? Math.min(LONGEST_WAIT_MS, Math.max(0, seconds)) : undefined;
}

/** A connection that failed, as an error that may be tried again. */
export function connectionError({ error, path }: { error: unknown; path: string }): FlotillaError {
  if (error instanceof FlotillaError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const message = error instanceof Error ? error.message : String(error);
  if (UNTRUSTED.test(code)) {
    return new FlotillaError(
      'fingerprint-mismatch',
      `The gateway's certificate is not accepted: ${message}.`,
      {
        cause: error,
        details: {
          about: path,
          fix: 'Check the clock of this device and what stands between it and the gateway.',
        },
        retryable: true, // a captive portal or a wrong clock answers like this, and passes
      },
    );
  }
  return new FlotillaError('offline', `The gateway cannot be reached: ${message || code}.`, {
    cause: error,
    details: { about: path },
  });
}

const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ALTNAME/;

function readProblem(body: string): Problem | undefined {
  try {
    const parsed = Problem.safeParse(JSON.parse(body));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

function known(code: string | undefined): ProblemCode | undefined {
  return PROBLEM_CODES.find((one) => one === code);
}

function codeOf(status: number): ProblemCode {
  if (status === 401) return 'unauthenticated';
  if (status === 403) return 'forbidden';
  if (status === 404 || status === 410) return 'not-found';
  if (status === 413) return 'too-large';
  if (status === 429) return 'rate-limited';
  return status >= 500 ? 'unavailable' : 'download-failed';
}
