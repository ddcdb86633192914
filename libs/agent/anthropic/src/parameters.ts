import {
  honoured,
  refused,
  type ApiEndpoint,
  type ParameterTable,
  type RefusedPair,
} from '@flotilla/agent-openai';

const PROMPT = {
  model: honoured('the service, its variant, or either with `@base`: without the release’s adapter'),
  messages: honoured('text, tool_use and tool_result; earlier thinking is accepted and not shown again'),
  system: honoured(
    'a string or text blocks, in place of the release’s; Claude Code’s billing header is no part of it',
  ),
  tools: honoured('custom tools, where the model’s template knows tools; `strict` is kept'),
  tool_choice: honoured('auto, any, tool and none; disable_parallel_tool_use'),
  thinking: honoured(
    'enabled, adaptive and disabled, where the model’s template can; else refused. Thinking counts in max_tokens: budget_tokens is no limit of its own',
  ),
  cache_control: honoured('accepted; the prefix cache finds shared prefixes by itself'),
  context_management: honoured(
    'clear_thinking_20251015, as earlier thinking is not shown again anyway; other edits are refused',
  ),
} satisfies ParameterTable;

/** Every documented parameter of `POST /v1/messages`. */
export const ANTHROPIC_MESSAGE_PARAMETERS = {
  ...PROMPT,
  max_tokens: honoured('required, at least 1'),
  stop_sequences: honoured('up to 16; the one that ended the answer is told'),
  stream: honoured('with Anthropic’s typed events'),
  temperature: honoured('0 to 1; 0 is greedy'),
  top_p: honoured('-1: not given'),
  top_k: honoured('0 means off; -1: not given'),
  metadata: honoured('user_id is accepted; names the caller and changes no answer'),
  output_config: honoured(
    'format json_schema; an unsupported keyword is refused by its path. effort low, medium and high, where the model’s template can',
  ),
  output_format: refused('an older name of a beta; use output_config.format'),
  service_tier: refused('a box has one tier', 'auto', 'standard_only'),
  speed: refused('a box has one speed', 'standard'),
  inference_geo: refused('the model runs on this box'),
  container: refused('the box runs no code'),
  diagnostics: refused('the box tells no reasons for its prefix cache'),
  mcp_servers: refused('the box calls no servers', []),
  thread: refused(
    'the box holds no conversation; send the whole of it, as the tool runner of Anthropic’s client then does',
  ),
  compaction: refused('the box does not compact conversations'),
  fallbacks: refused('a service has no fallback models', 'default', []),
  fallback_credit_token: refused('a service has no fallback models'),
  billing_policy: refused('nothing is billed here'),
} satisfies ParameterTable;

/** Every documented parameter of `POST /v1/messages/count_tokens`. */
export const ANTHROPIC_COUNT_PARAMETERS = {
  ...PROMPT,
  output_config: honoured('changes no count'),
  output_format: refused('an older name of a beta; use output_config.format'),
  compaction: refused('the box does not compact conversations'),
  billing_policy: refused('nothing is billed here'),
  speed: refused('a box has one speed', 'standard'),
  mcp_servers: refused('the box calls no servers', []),
} satisfies ParameterTable;

/** What the parts of a message may be, beside text. Blocks that are not here are refused by their type. */
export const ANTHROPIC_BLOCKS = {
  text: honoured('citations must be empty'),
  tool_use: honoured('in messages of the assistant'),
  tool_result: honoured('in messages of the user; text only. With is_error the model is told so'),
  thinking: honoured('accepted in messages of the assistant; not shown to the model again'),
  redacted_thinking: honoured('accepted in messages of the assistant; not shown to the model again'),
  image: refused('the model reads text only'),
  document: refused('the model reads text only; send the document’s text'),
  search_result: refused('the box does not search; send the text'),
  server_tool_use: refused('the box has no server tools'),
  mcp_tool_use: refused('the box has no server tools'),
} satisfies ParameterTable;

const NO_ROOM = 'there is no room to think; leave one out';

/** Of `thinking` only `enabled`: where it is `adaptive` the model simply answers. */
export const ANTHROPIC_PAIRS: readonly RefusedPair[] = [
  { parameters: ['thinking', 'output_config.format'], why: NO_ROOM },
  { parameters: ['thinking', 'tool_choice'], why: `${NO_ROOM}; \`auto\` and \`none\` may stand` },
  { parameters: ['thinking', 'tools[].strict'], why: NO_ROOM },
];

/** The routes that Anthropic's clients use, as `docs/reference/compatibility.md` shows them. */
export const ANTHROPIC_ENDPOINTS: readonly ApiEndpoint[] = [
  {
    method: 'POST',
    path: '/v1/messages',
    about: 'An answer to a conversation, whole or as typed events.',
    parameters: ANTHROPIC_MESSAGE_PARAMETERS,
    pairs: ANTHROPIC_PAIRS,
  },
  {
    method: 'POST',
    path: '/v1/messages/count_tokens',
    about: 'How many tokens a prompt has, template included.',
    parameters: ANTHROPIC_COUNT_PARAMETERS,
  },
  {
    method: 'POST',
    path: '/v1/messages (blocks of content)',
    about: 'Blocks of a message, by their type.',
    parameters: ANTHROPIC_BLOCKS,
  },
  {
    method: 'GET',
    path: '/v1/models',
    about: 'The services, in Anthropic’s shape when `anthropic-version` is sent.',
  },
  { method: 'GET', path: '/v1/models/{id}', about: 'One of them.' },
];
