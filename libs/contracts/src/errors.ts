import { z } from 'zod';
import { SaidText } from './scalars.ts';

interface ProblemKind {
  /** HTTP status under which the code is answered. */
  status: number;
  /** True when the same request may succeed later without a change by anyone. */
  retryable: boolean;
  /** One fixed sentence for people. */
  title: string;
}

/** Every refusal of the product. A code is stable: clients, gates and documents rely on it. */
export const PROBLEMS = {
  'invalid-input': { status: 400, retryable: false, title: 'The input is not valid.' },
  'invalid-config': { status: 400, retryable: false, title: 'The configuration is not valid.' },
  'context-length-exceeded': { status: 400, retryable: false, title: 'The prompt does not fit the context.' },
  'unsupported-parameter': { status: 400, retryable: false, title: 'A request parameter is not supported.' },
  unauthenticated: { status: 401, retryable: false, title: 'Sign in first.' },
  forbidden: { status: 403, retryable: false, title: 'Not allowed.' },
  'host-not-allowed': { status: 403, retryable: false, title: 'This host or origin may not call the box.' },
  'not-found': { status: 404, retryable: false, title: 'There is no such thing.' },
  'method-not-allowed': { status: 405, retryable: false, title: 'The address knows no such method.' },
  conflict: { status: 409, retryable: false, title: 'The thing is in a state that does not allow this.' },
  'already-exists': { status: 409, retryable: false, title: 'There is one of that name already.' },
  'no-match': { status: 422, retryable: false, title: 'The selector matches no device.' },
  'too-large': { status: 413, retryable: false, title: 'The document is over its limit.' },
  'media-type-unsupported': {
    status: 415,
    retryable: false,
    title: 'The body is of a kind that is not read here.',
  },
  'rate-limited': { status: 429, retryable: true, title: 'Too many requests.' },
  'queue-full': { status: 429, retryable: true, title: 'The queue of this service is full.' },
  'deadline-too-short': {
    status: 429,
    retryable: true,
    title: 'The wait is longer than the deadline of the request.',
  },
  internal: { status: 500, retryable: false, title: 'Something went wrong on our side.' },
  unavailable: { status: 503, retryable: true, title: 'Not available right now.' },
  loading: { status: 503, retryable: true, title: 'The model is being loaded.' },
  draining: {
    status: 503,
    retryable: true,
    title: 'The service is finishing its work and takes nothing new.',
  },
  offline: { status: 503, retryable: true, title: 'The link is down.' },
  timeout: { status: 504, retryable: true, title: 'It took too long.' },
  aborted: { status: 499, retryable: true, title: 'It was cancelled.' },

  'join-token-invalid': { status: 401, retryable: false, title: 'The join token is not valid.' },
  'join-token-expired': { status: 401, retryable: false, title: 'The join token has expired.' },
  'join-token-used-up': {
    status: 401,
    retryable: false,
    title: 'The join token was used as often as it may be.',
  },
  'fingerprint-mismatch': {
    status: 401,
    retryable: false,
    title: 'The control plane is not the one the token names.',
  },
  'certificate-refused': { status: 401, retryable: false, title: 'The certificate is not accepted.' },
  'device-revoked': { status: 403, retryable: false, title: 'This device was revoked.' },

  'signature-invalid': { status: 422, retryable: false, title: 'The signature does not verify.' },
  'stale-document': { status: 409, retryable: false, title: 'The document is older than the one held.' },
  'digest-mismatch': { status: 422, retryable: true, title: 'The bytes are not the ones that were named.' },
  'gguf-invalid': { status: 422, retryable: false, title: 'The file is not a sound GGUF.' },
  'agent-too-old': {
    status: 409,
    retryable: false,
    title: 'The agent lacks a capability that the release requires.',
  },
  'did-not-fit': { status: 507, retryable: false, title: 'No candidate fits this device.' },
  'disk-full': { status: 507, retryable: true, title: 'There is not enough free disk.' },
  'download-failed': { status: 502, retryable: true, title: 'The download failed.' },
  'load-failed': { status: 500, retryable: false, title: 'The model could not be loaded.' },
  'engine-crashed': { status: 502, retryable: true, title: 'The engine process ended unexpectedly.' },
  'engine-crash-loop': {
    status: 500,
    retryable: false,
    title: 'The engine process keeps ending unexpectedly.',
  },
  'golden-prompt-failed': { status: 422, retryable: false, title: 'A golden prompt was answered wrongly.' },
  'release-failed': {
    status: 409,
    retryable: false,
    title: 'This release failed here before and is not tried again.',
  },
  held: { status: 409, retryable: true, title: 'Someone on the box said: not now.' },

  'data-folder-locked': { status: 409, retryable: false, title: 'Another process uses this data folder.' },
  'data-folder-newer': {
    status: 409,
    retryable: false,
    title: 'The data folder was written by a newer version.',
  },
  'port-taken': { status: 409, retryable: false, title: 'The port is taken.' },
  'corrupt-file': { status: 500, retryable: false, title: 'A file on disk is damaged.' },
  'missing-tool': { status: 500, retryable: false, title: 'A program that is needed is not installed.' },
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof PROBLEMS;
export const PROBLEM_CODES = Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]];

/** Facts about the refusal, as plain JSON. `field` names an input, `about` the thing, `fix` what would change the answer. */
export type ProblemDetails = { field?: string; about?: string; fix?: string } & Record<string, unknown>;

/**
 * A refusal as data, as it travels in `reported`, results and problem+json bodies (RFC 9457).
 * Lenient: a code of a newer peer is kept as text.
 */
export const Problem = z
  .object({
    code: SaidText(64),
    detail: SaidText(2_000).describe('One sentence naming the thing and what would change the answer.'),
    about: SaidText(512).optional().describe('The device, service, file, field or document it is about.'),
    fix: SaidText(512).optional().describe('What would change the answer.'),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof Problem>;

/**
 * The only error the product throws on purpose.
 *
 * `retryable` defaults to what the code's table says; `cause` keeps the error that led here.
 */
export class FlotillaError extends Error {
  override readonly name = 'FlotillaError';
  readonly code: ProblemCode;
  readonly retryable: boolean;
  readonly details: ProblemDetails;

  constructor(
    code: ProblemCode,
    message: string,
    options: { details?: ProblemDetails; cause?: unknown; retryable?: boolean } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? PROBLEMS[code].retryable;
    this.details = options.details ?? {};
  }

  /** The HTTP status of the code. */
  get status(): number {
    return PROBLEMS[this.code].status;
  }

  /** The refusal as it travels. */
  toProblem(): Problem {
    const { about, fix } = this.details;
    return {
      code: this.code,
      detail: this.message.slice(0, 2_000),
      ...(about === undefined ? {} : { about }),
      ...(fix === undefined ? {} : { fix }),
    };
  }
}

export function isFlotillaError(error: unknown): error is FlotillaError {
  return error instanceof FlotillaError;
}

/** Any thrown value as a FlotillaError; foreign errors become `internal` with the original as cause. */
export function toFlotillaError(error: unknown, fallback: ProblemCode = 'internal'): FlotillaError {
  if (isFlotillaError(error)) return error;
  if (error instanceof Error && error.name === 'AbortError') {
    return new FlotillaError('aborted', 'It was cancelled.', { cause: error });
  }
  return new FlotillaError(fallback, error instanceof Error ? error.message : String(error), {
    cause: error,
  });
}
