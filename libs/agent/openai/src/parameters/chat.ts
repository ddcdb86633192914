import { CALLER_PARAMETERS, PENALTY_PAIRS, PENALTY_PARAMETERS, SAMPLING_PARAMETERS } from './generation.ts';
import { honoured, refused, type ParameterTable, type RefusedPair } from './table.ts';

/** Every documented parameter of `POST /v1/chat/completions`. */
export const CHAT_PARAMETERS = {
  model: honoured('the service, its variant, or either with `@base`: without the release’s adapter'),
  messages: honoured(
    'text only; `name`, and `cache_control` on a part, are accepted and not shown to the model',
  ),
  ...SAMPLING_PARAMETERS,
  ...PENALTY_PARAMETERS,
  max_tokens: honoured('the older name of max_completion_tokens'),
  max_completion_tokens: honoured('default: the release’s, else 1,024 or what the context leaves'),
  n: honoured(
    '1 to 16; they differ only where the temperature is above 0; the prompt is counted once, what was generated is summed',
  ),
  logprobs: honoured('the model’s own, before sampling and grammar'),
  top_logprobs: honoured('0 to 20, with `logprobs`'),
  stream: honoured(),
  stream_options: honoured('include_usage'),
  response_format: honoured(
    'text, json_object and json_schema; an unsupported keyword is refused by its path',
  ),
  tools: honoured('functions, where the model’s template knows tools; `strict` is kept'),
  tool_choice: honoured('auto, none, required, a named function, allowed_tools'),
  parallel_tool_calls: honoured('false: at most one call'),
  reasoning_effort: honoured('where the model’s template can; else refused'),
  chat_template_kwargs: honoured('llama-server’s and vLLM’s extension; variables for the template'),
  ...CALLER_PARAMETERS,
  metadata: honoured('accepted; kept nowhere'),
  safety_identifier: honoured('accepted; names the caller and changes no answer'),
  prompt_cache_key: honoured('accepted; the prefix cache finds shared prefixes by itself'),
  verbosity: refused('the model has no verbosity levels', 'medium'),
  service_tier: refused('a box has one tier', 'auto', 'default'),
  store: refused('chat completions are kept nowhere; use responses', false),
  modalities: refused('the model reads and writes text only', ['text']),
  audio: refused('the model reads and writes text only'),
  prediction: refused('predicted output is not available'),
  web_search_options: refused('the box does not search the web'),
  prompt_cache_options: refused('the prefix cache finds shared prefixes by itself', {}, { mode: 'implicit' }),
  prompt_cache_retention: refused('the prefix cache lives as long as the engine', 'in-memory', 'in_memory'),
  moderation: refused('the box does not moderate'),
  functions: refused('deprecated by OpenAI; use tools', []),
  function_call: refused('deprecated by OpenAI; use tool_choice', 'none', 'auto'),
} satisfies ParameterTable;

export const CHAT_PAIRS: readonly RefusedPair[] = [
  {
    parameters: ['logprobs', 'tools'],
    why: 'there is no telling which tokens belong to the text; send `tool_choice: "none"` or leave one out',
  },
  ...PENALTY_PAIRS,
];
