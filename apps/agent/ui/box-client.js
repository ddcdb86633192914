import { eventData } from './event-data.js';

const KEY = 'flotilla-key';

/** What the box refused, in its own words. */
export class BoxError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export const useKey = (key) => sessionStorage.setItem(KEY, key);

function headers() {
  const key = sessionStorage.getItem(KEY);
  return { 'content-type': 'application/json', ...(key === null ? {} : { authorization: `Bearer ${key}` }) };
}

async function ask(path, init = {}) {
  const response = await fetch(path, { ...init, headers: headers() });
  if (response.ok) return response;
  const body = await response.json().catch(() => ({}));
  throw new BoxError(response.status, body?.error?.message ?? `The box answered ${response.status}.`);
}

export const readStatus = async () => (await ask('/flotilla/v1/status')).json();

/** Names of the services that answer now. */
export const readServices = async () => (await (await ask('/v1/models')).json()).data.map(({ id }) => id);

/**
 * The pieces of an answer: `{ text }`, `{ thinking }`, and at last `{ tokens }`.
 *
 * @param {{ model: string, messages: object[], signal: AbortSignal }} request
 */
export async function* answer({ model, messages, signal }) {
  const response = await ask('/v1/chat/completions', {
    method: 'POST',
    signal,
    body: JSON.stringify({ model, messages, stream: true, stream_options: { include_usage: true } }),
  });
  for await (const data of eventData(response.body)) {
    if (data === '[DONE]') return;
    const { error, choices = [], usage } = JSON.parse(data);
    if (error) throw new BoxError(500, error.message);
    const delta = choices[0]?.delta ?? {};
    const thinking = delta.reasoning_content;
    if (thinking) yield { thinking };
    if (delta.content) yield { text: delta.content };
    if (usage) yield { tokens: usage.completion_tokens };
  }
}
