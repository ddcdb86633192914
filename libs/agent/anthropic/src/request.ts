import {
  JsonObject,
  WellFormed,
  invalid,
  readBody,
  refusedPair,
  type AnswerForm,
  type CallForm,
  type GenerationRequest,
  type PromptRequest,
  type TextForm,
} from '@flotilla/agent-openai';
import type { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';
import { CacheControl, Content } from './blocks.ts';
import { ContextManagement } from './context-management.ts';
import { AnthropicMessages, toGenerationMessages } from './messages.ts';
import { ANTHROPIC_COUNT_PARAMETERS, ANTHROPIC_MESSAGE_PARAMETERS, ANTHROPIC_PAIRS } from './parameters.ts';
import { AnthropicThinking, Effort, showsThinking, type ThinkingChoice } from './thinking.ts';
import { AnthropicToolChoice, AnthropicTools, toolsOf } from './tools.ts';

const OutputConfig = z.strictObject({
  effort: Effort.nullish(),
  task_budget: z.null().optional(),
  format: z
    .strictObject({
      type: z.literal('json_schema'),
      schema: JsonObject,
    })
    .nullish(),
});

const PromptBody = z.object({
  model: z.string().min(1),
  messages: AnthropicMessages,
  system: Content.optional(),
  tools: AnthropicTools.optional(),
  tool_choice: AnthropicToolChoice.optional(),
  thinking: AnthropicThinking.optional(),
  output_config: OutputConfig.optional(),
  cache_control: CacheControl,
  context_management: ContextManagement.optional(),
});
type PromptBody = z.infer<typeof PromptBody>;

/** LangChain's client used to send -1 for what its caller had left out. */
const unlessMinusOne = (number: z.ZodNumber) =>
  z.preprocess((sent) => (sent === -1 ? undefined : sent), number.optional()).optional();

const MessageBody = PromptBody.extend({
  max_tokens: z.int().min(1),
  stop_sequences: z.array(WellFormed.min(1)).max(16).default([]),
  stream: z.boolean().default(false),
  temperature: z.number().min(0).max(1).optional(),
  top_p: unlessMinusOne(z.number().min(0).max(1)),
  top_k: unlessMinusOne(z.int().min(0)),
  metadata: z.strictObject({ user_id: z.string().max(512).nullish() }).optional(),
});

/** A message as Anthropic's clients ask for it. */
export interface MessageCall {
  model: string;
  stream: boolean;
  /** Without the grammar and the template's options, which `form` and `thinking` stand for. */
  generation: GenerationRequest & { maxTokens: number };
  form: AnswerForm;
  thinking: ThinkingChoice;
  /** False: thinking is named in the answer, but not shown. */
  showsThinking: boolean;
}

/** A prompt whose tokens are to be counted. */
export interface CountCall {
  model: string;
  prompt: PromptRequest;
  thinking: ThinkingChoice;
}

export type ParsedMessageCall = { ok: true; call: MessageCall } | { ok: false; error: FlotillaError };
export type ParsedCountCall = { ok: true; call: CountCall } | { ok: false; error: FlotillaError };

/** Reads the body of `POST /v1/messages`: a field is honoured, or refused by its name. */
export function parseMessage(body: unknown): ParsedMessageCall {
  const read = readBody(body, {
    schema: MessageBody,
    table: ANTHROPIC_MESSAGE_PARAMETERS,
    endpoint: 'messages',
  });
  if (!read.ok) return read;
  const { value } = read;
  const shared = readPrompt(value);
  if (!shared.ok) return shared;
  const { prompt, form, thinking } = shared;
  return {
    ok: true,
    call: {
      model: value.model,
      stream: value.stream,
      form,
      thinking,
      showsThinking: showsThinking(value.thinking),
      generation: {
        ...prompt,
        maxTokens: value.max_tokens,
        stop: value.stop_sequences,
        sampling: { temperature: value.temperature, topP: value.top_p, topK: value.top_k },
      },
    },
  };
}

/** Reads the body of `POST /v1/messages/count_tokens`. */
export function parseCount(body: unknown): ParsedCountCall {
  const read = readBody(body, {
    schema: PromptBody,
    table: ANTHROPIC_COUNT_PARAMETERS,
    endpoint: 'count_tokens',
  });
  if (!read.ok) return read;
  const shared = readPrompt(read.value);
  if (!shared.ok) return shared;
  return { ok: true, call: { model: read.value.model, prompt: shared.prompt, thinking: shared.thinking } };
}

function readPrompt(
  body: PromptBody,
):
  | { ok: true; prompt: PromptRequest; form: AnswerForm; thinking: ThinkingChoice }
  | { ok: false; error: FlotillaError } {
  const messages = toGenerationMessages({ system: body.system, messages: body.messages });
  if (!messages.ok) return messages;
  if (messages.messages.every(({ role }) => role === 'system'))
    return { ok: false, error: invalid('messages', 'must have a message of the user') };
  const offered = toolsOf(body.tools, body.tool_choice);
  if (!offered.ok) return offered;
  const { tools, calls } = offered;
  const pair = refusedTogether(body, calls);
  if (pair !== undefined) return { ok: false, error: pair };
  const form = { text: textForm(body.output_config), ...(calls === undefined ? {} : { calls }) };
  return {
    ok: true,
    prompt: { messages: messages.messages, tools },
    form,
    thinking: { thinking: body.thinking, effort: body.output_config?.effort ?? undefined, form },
  };
}

function refusedTogether(body: PromptBody, calls: CallForm | undefined): FlotillaError | undefined {
  const stands: Record<string, boolean> = {
    thinking: body.thinking?.type === 'enabled',
    'output_config.format': body.output_config?.format != null,
    tool_choice: calls?.required === true || calls?.single === true,
    'tools[].strict': calls?.functions.some(({ strict }) => strict) === true,
  };
  return refusedPair(ANTHROPIC_PAIRS, (name) => stands[name] === true);
}

function textForm(config: z.infer<typeof OutputConfig> | undefined): TextForm {
  if (config?.format == null) return { kind: 'free' };
  return { kind: 'json-schema', schema: config.format.schema, field: 'output_config.format.schema' };
}
