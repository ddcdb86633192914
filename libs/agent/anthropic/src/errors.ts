import type { FlotillaError } from '@flotilla/contracts';

/** Anthropic's error body. `details` is ours: a stable code, the field at fault, what a client can act on. */
export interface AnthropicErrorBody {
  type: 'error';
  error: {
    type: string;
    message: string;
    details: {
      error_code: string;
      field?: string;
      unsupported?: string[];
      /** The services of the box, where the one that was asked for is none of them. */
      served?: unknown;
      /** How far the model is loaded, where it is being loaded. */
      loading?: unknown;
    };
  };
  request_id?: string;
}

/** The body for a refusal, in the shape that Anthropic's clients turn into their typed errors. */
export function anthropicError(error: FlotillaError, requestId?: string): AnthropicErrorBody {
  return {
    type: 'error',
    error: {
      type: errorType(error.status),
      message: error.message,
      details: detailsOf(error),
    },
    ...(requestId === undefined ? {} : { request_id: requestId }),
  };
}

function detailsOf({
  code,
  details: { field, served, loading },
}: FlotillaError): AnthropicErrorBody['error']['details'] {
  // Told so in these words, Anthropic's client goes on without a thread, with the whole conversation in each request.
  if (code === 'unsupported-parameter' && field === 'thread')
    return { error_code: 'thread_unsupported_request', unsupported: [field], field };
  return {
    error_code: code.replaceAll('-', '_'),
    ...(field === undefined ? {} : { field }),
    ...(served === undefined ? {} : { served }),
    ...(loading === undefined ? {} : { loading }),
  };
}

function errorType(status: number): string {
  switch (status) {
    case 401:
      return 'authentication_error';
    case 403:
      return 'permission_error';
    case 404:
      return 'not_found_error';
    case 413:
      return 'request_too_large';
    case 429:
      return 'rate_limit_error';
    case 503:
      return 'overloaded_error';
    case 504:
      return 'timeout_error';
    default:
      return status < 500 ? 'invalid_request_error' : 'api_error';
  }
}
