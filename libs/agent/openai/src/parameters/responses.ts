import { CALLER_PARAMETERS, SAMPLING_PARAMETERS } from './generation.ts';
import { honoured, refused, type ParameterTable, type RefusedPair } from './table.ts';

/** Every documented parameter of `POST /v1/responses`. */
export const RESPONSE_PARAMETERS = {
  model: honoured('as in chat completions'),
  input: honoured(
    'a string, or messages, function calls, their outputs, and references (`item_reference`) to those of responses that this key made and that are still kept; text only',
  ),
  instructions: honoured('put first as a system message; not taken over by a following response'),
  previous_response_id: honoured('of a response that this key made and that is still kept'),
  store: honoured(
    'default true: kept on the box, by default for 30 days and within 64 MiB (settings `responses.*`); false: kept nowhere',
  ),
  stream: honoured('with OpenAI’s typed events'),
  stream_options: refused('events are not obfuscated', {}, { include_obfuscation: false }),
  ...SAMPLING_PARAMETERS,
  max_output_tokens: honoured('default: the release’s, else 1,024 or what the context leaves'),
  text: honoured('format text, json_object and json_schema'),
  tools: honoured('functions; strict only where they say so'),
  tool_choice: honoured('auto, none, required, a named function, allowed_tools'),
  parallel_tool_calls: honoured('false: at most one call'),
  reasoning: honoured(
    'effort, where the model’s template can; `summary: "auto"` is accepted, and thinking is not summarised',
  ),
  top_logprobs: honoured('0 to 20; shown with include `message.output_text.logprobs`'),
  include: honoured('message.output_text.logprobs, reasoning.encrypted_content (nothing is encrypted here)'),
  metadata: honoured('up to 16 pairs; kept with the response'),
  truncation: refused('a conversation over the context is refused, never cut', 'disabled'),
  ...CALLER_PARAMETERS,
  safety_identifier: honoured('accepted; names the caller and changes no answer'),
  prompt_cache_key: honoured('accepted; the prefix cache finds shared prefixes by itself'),
  background: refused('the box answers while the client waits', false),
  conversation: refused('the box keeps responses, no conversations; use previous_response_id'),
  max_tool_calls: refused('it bounds built-in tools, of which the box has none'),
  prompt: refused('the box keeps no prompt templates'),
  service_tier: refused('a box has one tier', 'auto', 'default'),
  prompt_cache_options: refused('the prefix cache finds shared prefixes by itself', {}, { mode: 'implicit' }),
  prompt_cache_retention: refused('the prefix cache lives as long as the engine', 'in-memory', 'in_memory'),
  context_management: refused('the box does not compact conversations', []),
  access_programs: refused('the box has no access programs'),
  image: refused('the model reads text only'),
  moderation: refused('the box does not moderate'),
} satisfies ParameterTable;

export const RESPONSE_PAIRS: readonly RefusedPair[] = [
  {
    parameters: ['top_logprobs', 'tools'],
    why: 'there is no telling which tokens belong to the text; send `tool_choice: "none"` or leave one out',
  },
];

/** The query of `GET /v1/responses/{id}`. */
export const KEPT_RESPONSE_PARAMETERS = {
  include: honoured(
    'message.output_text.logprobs, shown where they were asked for when the answer was made; reasoning.encrypted_content (nothing is encrypted here)',
  ),
  include_obfuscation: honoured('accepted; only events could be obfuscated, and none are sent'),
  stream: refused('a kept response is not streamed again', false),
  starting_after: refused('a kept response is not streamed again'),
} satisfies ParameterTable;

/** The query of `GET /v1/responses/{id}/input_items`. */
export const INPUT_ITEM_PARAMETERS = {
  limit: honoured('1 to 100, default 20'),
  order: honoured('asc or desc, default desc'),
  after: honoured('the id of an item: those behind it'),
  include: honoured('message.output_text.logprobs, reasoning.encrypted_content; what was sent has neither'),
} satisfies ParameterTable;
