import { openAiError } from '@flotilla/agent-openai';
import type { FlotillaError } from '@flotilla/contracts';

/** Retry-After where the refusal knows no better. */
const RETRY_GUESS_MS = 5_000;

/** A refusal as OpenAI's clients read it, with the headers that tell them when to come back. */
export function errorResponse(error: FlotillaError): Response {
  return Response.json(openAiError(error), { status: error.status, headers: retryHeaders(error) });
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
