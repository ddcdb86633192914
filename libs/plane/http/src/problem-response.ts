import { FlotillaError, isFlotillaError, PROBLEMS, toFlotillaError } from '@flotilla/contracts';
import type { HttpProblem, ProblemCode } from '@flotilla/contracts';
import { HTTPException } from 'hono/http-exception';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** What the framework refuses by itself, in our words. */
const CODES_OF_STATUS: Readonly<Record<number, ProblemCode>> = {
  400: 'invalid-input',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  413: 'too-large',
  415: 'media-type-unsupported',
  429: 'rate-limited',
};

/** Any thrown value as the refusal it is; foreign errors become `internal`. */
export function refusalOf(error: unknown): FlotillaError {
  if (isFlotillaError(error)) return error;
  if (error instanceof HTTPException) {
    const code = CODES_OF_STATUS[error.status] ?? 'internal';
    const details =
      error.status === 415
        ? { fix: 'Send the body as JSON with `content-type: application/json`.' }
        : error.status === 400
          ? { fix: 'Send one JSON document as the body.' }
          : {};
    return new FlotillaError(code, error.message || PROBLEMS[code].title, { cause: error, details });
  }
  return toFlotillaError(error);
}

/**
 * The refusal as an HTTP answer. What went wrong inside us is not told to the outside: its detail is the title,
 * and the request id leads to the log.
 */
export function problemResponse({
  error,
  requestId,
}: {
  error: FlotillaError;
  requestId: string | undefined;
}): Response {
  const { title, status } = PROBLEMS[error.code];
  const { allow, errors, retryAfterMs } = error.details;
  const body: HttpProblem = {
    type: `urn:flotilla:problem:${error.code}`,
    title,
    status,
    ...error.toProblem(),
    ...(error.code === 'internal' ? { detail: title } : {}),
    ...(isFieldErrors(errors) ? { errors } : {}),
    ...(typeof retryAfterMs === 'number' ? { retryAfterMs } : {}),
    ...(requestId === undefined ? {} : { requestId }),
  };
  const headers: Record<string, string> = { 'content-type': PROBLEM_MEDIA_TYPE, 'cache-control': 'no-store' };
  if (typeof retryAfterMs === 'number') headers['retry-after'] = String(Math.ceil(retryAfterMs / 1_000));
  if (typeof allow === 'string') headers['allow'] = allow;
  if (status === 401) headers['www-authenticate'] = 'Bearer';
  return new Response(JSON.stringify(body), { status, headers });
}

function isFieldErrors(value: unknown): value is { field: string; message: string }[] {
  return Array.isArray(value) && value.length > 0;
}
