import { anthropicError } from '@flotilla/agent-anthropic';
import { ollamaError } from '@flotilla/agent-ollama';
import { openAiError } from '@flotilla/agent-openai';
import type { FlotillaError } from '@flotilla/contracts';
import type { Wire } from './wire.ts';

/** Retry-After where the refusal knows no better. */
const RETRY_GUESS_MS = 5_000;

/** A refusal as the clients of a route read it, with the headers that tell them when to come back. */
export function errorResponse(
  error: FlotillaError,
  { wire, requestId }: { wire: Wire; requestId: string },
): Response {
  return Response.json(body(error, wire, requestId), {
    status: error.status,
    headers: {
      ...retryHeaders(error),
      ...(typeof error.details['allow'] === 'string' ? { allow: error.details['allow'] } : {}),
      'x-request-id': requestId,
      ...(wire === 'anthropic' ? { 'request-id': requestId } : {}),
    },
  });
}

function body(error: FlotillaError, wire: Wire, requestId: string): unknown {
  switch (wire) {
    case 'openai':
      return openAiError(error);
    case 'ollama':
      return ollamaError(error);
    case 'anthropic':
      return anthropicError(error, requestId);
  }
}

function retryHeaders(error: FlotillaError): Record<string, string> {
  if (error.status !== 429 && error.status !== 503) return {};
  const { retryAfterMs, queuePosition } = error.details;
  const waitMs = typeof retryAfterMs === 'number' ? retryAfterMs : RETRY_GUESS_MS;
  return {
    'retry-after': String(Math.max(1, Math.ceil(waitMs / 1_000))),
    ...(typeof queuePosition === 'number' ? { 'x-queue-position': String(queuePosition) } : {}),
  };
}
