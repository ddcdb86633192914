/** Whose words an answer is written in: refusals of a route must be read by the clients of that route. */
export type Wire = 'openai' | 'ollama' | 'anthropic';

/** Sent by every one of Anthropic's clients. */
const ANTHROPIC_VERSION = 'anthropic-version';

export function wireOf({ path, headers }: { path: string; headers: Headers }): Wire {
  if (path.startsWith('/api/')) return 'ollama';
  if (path === '/v1/messages' || path.startsWith('/v1/messages/')) return 'anthropic';
  const isModels = path === '/v1/models' || path.startsWith('/v1/models/');
  return isModels && headers.has(ANTHROPIC_VERSION) ? 'anthropic' : 'openai';
}
