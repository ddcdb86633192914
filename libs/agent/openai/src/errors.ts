import { FlotillaError, type ProblemCode } from '@flotilla/contracts';

/** OpenAI's error body. `param` names the field, `code` is stable. */
export interface OpenAiErrorBody {
  error: { message: string; type: string; param: string | null; code: string | null } & Record<
    string,
    unknown
  >;
}

/** OpenAI's own names where it has them; ours, with underscores, where it has none. */
const CODES: Partial<Record<ProblemCode, string>> = {
  'context-length-exceeded': 'context_length_exceeded',
  'unsupported-parameter': 'unsupported_parameter',
  'invalid-input': 'invalid_value',
  unauthenticated: 'invalid_api_key',
  'rate-limited': 'rate_limit_exceeded',
};

/** Facts that a client can act on; anything else in `details` stays inside. */
const PUBLIC_DETAILS = [
  'promptTokens',
  'contextTokens',
  'served',
  'retryAfterMs',
  'queuePosition',
  'tokensProduced',
  'loading',
] as const;

/** The body for a refusal, in the shape that OpenAI's clients turn into their typed errors. */
export function openAiError(error: FlotillaError): OpenAiErrorBody {
  const shown = Object.fromEntries(
    PUBLIC_DETAILS.filter((key) => error.details[key] !== undefined).map((key) => [
      snakeCase(key),
      error.details[key],
    ]),
  );
  return {
    error: {
      message: error.message,
      type: errorType(error.status),
      param: error.details.field ?? null,
      code: wireCode(error),
      ...shown,
    },
  };
}

function wireCode(error: FlotillaError): string {
  if (error.code === 'not-found' && error.details.field === 'model') return 'model_not_found';
  return CODES[error.code] ?? error.code.replaceAll('-', '_');
}

function errorType(status: number): string {
  switch (status) {
    case 401:
      return 'authentication_error';
    case 403:
      return 'permission_error';
    case 404:
      return 'not_found_error';
    case 429:
      return 'rate_limit_error';
    case 503:
      return 'unavailable_error';
    default:
      return status < 500 ? 'invalid_request_error' : 'server_error';
  }
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export function unsupported(field: string, reason: string): FlotillaError {
  return new FlotillaError('unsupported-parameter', `\`${field}\` is not supported: ${reason}`, {
    details: { field },
  });
}

export function invalid(field: string, reason: string): FlotillaError {
  return new FlotillaError('invalid-input', `\`${field}\`: ${reason}`, { details: { field } });
}
