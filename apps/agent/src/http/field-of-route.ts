import { FlotillaError } from '@flotilla/contracts';

/** What the engine calls a field, and what it is called in the bodies of a route that has another name for it. */
const FIELDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '/v1/completions': { messages: 'prompt' },
  '/v1/responses': { messages: 'input' },
  '/api/generate': { messages: 'prompt' },
  '/api/embeddings': { input: 'prompt' },
  '/detokenize': { prompt: 'tokens' },
};

/** A refusal that names the field which the client sent, where the engine knows it by another name. */
export function withFieldOfRoute(error: FlotillaError, path: string): FlotillaError {
  const { code, message, cause, retryable, details } = error;
  // Any other code is of the route itself: of a field with the engine's name that it does not know.
  if (code !== 'context-length-exceeded' && code !== 'invalid-input') return error;
  const names = FIELDS[path.replace(/\/$/, '')] ?? {};
  const field = details.field === undefined ? undefined : names[details.field];
  if (field === undefined) return error;
  return new FlotillaError(code, message, { details: { ...details, field }, cause, retryable });
}
