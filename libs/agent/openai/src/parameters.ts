/**
 * Every documented parameter of `POST /v1/chat/completions`, and what we do with it.
 *
 * `accepts` lists the values under which a refused parameter changes nothing and is let through;
 * `null` always means "not given". A name that is not in this table is refused as unknown.
 */
export type ParameterSupport =
  | { support: 'honoured'; note?: string }
  | { support: 'refused'; accepts: readonly unknown[]; why: string };

const refused = (why: string, ...accepts: unknown[]): ParameterSupport => ({
  support: 'refused',
  accepts,
  why,
});
const honoured = (note?: string): ParameterSupport => ({
  support: 'honoured',
  ...(note === undefined ? {} : { note }),
});

export const CHAT_PARAMETERS: Readonly<Record<string, ParameterSupport>> = {
  model: honoured('the service'),
  messages: honoured('text only'),
  temperature: honoured(),
  top_p: honoured(),
  top_k: honoured('llama-server’s extension; 0 means off'),
  min_p: honoured('llama-server’s extension'),
  seed: honoured('same seed, same text on an otherwise idle service'),
  stop: honoured('up to 16 strings'),
  max_tokens: honoured('the older name of max_completion_tokens'),
  max_completion_tokens: honoured('default: the release’s, else 1,024 or what the context leaves'),
  frequency_penalty: honoured('over the generated tokens'),
  presence_penalty: honoured('over the generated tokens'),
  stream: honoured(),
  stream_options: honoured('include_usage'),
  tools: honoured('functions, where the model’s template knows tools'),
  tool_choice: honoured('auto and none'),
  user: honoured('accepted; names the caller and changes no answer'),
  metadata: honoured('accepted; kept nowhere'),
  safety_identifier: honoured('accepted; names the caller and changes no answer'),
  prompt_cache_key: honoured('accepted; the prefix cache finds shared prefixes by itself'),
  n: refused('one choice per request; send the request again for another', 1),
  logprobs: refused('log probabilities are not available yet', false),
  top_logprobs: refused('log probabilities are not available yet', 0),
  logit_bias: refused('token biases are not available yet', {}),
  response_format: refused('structured output is not available yet', { type: 'text' }),
  parallel_tool_calls: refused('the model decides how many calls it makes', true),
  reasoning_effort: refused('the model has no reasoning levels', 'none'),
  verbosity: refused('the model has no verbosity levels', 'medium'),
  service_tier: refused('a box has one tier', 'auto', 'default'),
  store: refused('the box keeps no prompts and no answers', false),
  modalities: refused('the model reads and writes text only', ['text']),
  audio: refused('the model reads and writes text only'),
  prediction: refused('predicted output is not available'),
  web_search_options: refused('the box does not search the web'),
  prompt_cache_retention: refused('the prefix cache lives as long as the engine', 'in-memory', 'in_memory'),
  moderation: refused('the box does not moderate'),
  functions: refused('deprecated by OpenAI; use tools', []),
  function_call: refused('deprecated by OpenAI; use tool_choice', 'none', 'auto'),
};
