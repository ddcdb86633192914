import {
  JsonObject,
  MOST_TOP_LOGPROBS,
  WellFormed,
  invalid,
  refusedPair,
  toSampling,
  type AnswerForm,
  type GenerationRequest,
  type TextForm,
} from '@flotilla/agent-openai';
import type { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';
import { KeepAlive } from './keep-alive.ts';
import { OllamaMessages, toGenerationMessages } from './messages.ts';
import { ModelName } from './model-name.ts';
import { Options, maxTokensOf, refusedPenalties } from './options.ts';
import {
  OLLAMA_CHAT_PAIRS,
  OLLAMA_CHAT_PARAMETERS,
  OLLAMA_GENERATE_PAIRS,
  OLLAMA_GENERATE_PARAMETERS,
} from './parameters.ts';
import { readOllamaBody } from './read-body.ts';
import { Think } from './thinking.ts';
import { OllamaTools, toolsOf } from './tools.ts';

/** The empty string is Ollama's own way to say that any text will do. */
const Format = z.union([z.literal(['json', '']), JsonObject]);

const Common = z.object({
  model: ModelName,
  stream: z.boolean().default(true),
  format: Format.optional(),
  options: Options.default({}),
  num_predict: Options.shape.num_predict,
  keep_alive: KeepAlive.optional(),
  think: Think.optional(),
  logprobs: z.boolean().default(false),
  top_logprobs: z.int().min(0).max(MOST_TOP_LOGPROBS).optional(),
});
type Common = z.infer<typeof Common>;

const ChatBody = Common.extend({
  messages: OllamaMessages.default([]),
  tools: OllamaTools.optional(),
});

const GenerateBody = Common.extend({
  prompt: WellFormed.default(''),
  system: WellFormed.default(''),
  raw: z.boolean().default(false),
});

/** An answer as Ollama's clients ask for it. */
export interface OllamaCall {
  /** Without Ollama's tag. */
  model: string;
  stream: boolean;
  /**
   * Without the grammar and the template's options, which `form` and `think` stand for. Absent where nothing is to
   * be generated: the caller wants the model loaded.
   */
  generation: GenerationRequest | undefined;
  form: AnswerForm;
  think: Think | undefined;
  /** The context the caller counts on, in tokens. */
  contextTokens: number | undefined;
  /** How long the model stays loaded afterwards, in milliseconds; undefined: not said. */
  keepForMs: number | undefined;
}

export type ParsedOllamaCall = { ok: true; call: OllamaCall } | { ok: false; error: FlotillaError };

/** Reads the body of `POST /api/chat`: a field is honoured, or refused by its name. */
export function parseChat(body: unknown): ParsedOllamaCall {
  const reader = { table: OLLAMA_CHAT_PARAMETERS, endpoint: '/api/chat', schema: ChatBody };
  const read = readOllamaBody(body, reader);
  if (!read.ok) return read;
  const { messages: sent, tools: sentTools, ...common } = read.value;
  const messages = toGenerationMessages(sent);
  if (!messages.ok) return messages;
  const offered = toolsOf(sentTools);
  if (!offered.ok) return offered;
  const { tools, calls } = offered;
  const stands: Record<string, boolean> = { tools: tools.length > 0, logprobs: common.logprobs };
  const pair = refusedPair(OLLAMA_CHAT_PAIRS, (name) => stands[name] === true);
  if (pair !== undefined) return { ok: false, error: pair };
  return toCall(common, {
    form: { text: textForm(common.format), ...(calls === undefined ? {} : { calls }) },
    prompt: sent.length === 0 ? undefined : { messages: messages.messages, tools },
  });
}

/** Reads the body of `POST /api/generate`. */
export function parseGenerate(body: unknown): ParsedOllamaCall {
  const reader = { table: OLLAMA_GENERATE_PARAMETERS, endpoint: '/api/generate', schema: GenerateBody };
  const read = readOllamaBody(body, reader);
  if (!read.ok) return read;
  const { prompt, system, raw, ...common } = read.value;
  const stands: Record<string, boolean> = { raw, system: system !== '', think: common.think !== undefined };
  const pair = refusedPair(OLLAMA_GENERATE_PAIRS, (name) => stands[name] === true);
  if (pair !== undefined) return { ok: false, error: pair };
  const messages = [
    ...(system === '' ? [] : [{ role: 'system' as const, content: system }]),
    { role: 'user' as const, content: prompt },
  ];
  const whole = raw ? { messages: [], prompt, tools: [] } : { messages, tools: [] };
  return toCall(common, {
    form: { text: textForm(common.format) },
    prompt: prompt === '' ? undefined : whole,
  });
}

function toCall(
  {
    model,
    stream,
    options,
    think,
    logprobs,
    top_logprobs: top,
    keep_alive: keepForMs,
    num_predict: outside,
  }: Common,
  {
    form,
    prompt,
  }: { form: AnswerForm; prompt: Pick<GenerationRequest, 'messages' | 'prompt' | 'tools'> | undefined },
): ParsedOllamaCall {
  if (top !== undefined && top > 0 && !logprobs)
    return { ok: false, error: invalid('top_logprobs', 'is only allowed when `logprobs` is true') };
  const penalties = refusedPenalties(options);
  if (penalties !== undefined) return { ok: false, error: penalties };
  const generation = prompt && {
    ...prompt,
    sampling: toSampling(options),
    stop: options.stop ?? [],
    maxTokens: maxTokensOf({ num_predict: options.num_predict ?? outside }),
    ...(logprobs ? { logprobs: { top: top ?? 0 } } : {}),
  };
  const contextTokens = options.num_ctx;
  return { ok: true, call: { model, stream, form, think, contextTokens, keepForMs, generation } };
}

function textForm(format: z.infer<typeof Format> | undefined): TextForm {
  if (format === undefined || format === '') return { kind: 'free' };
  return format === 'json'
    ? { kind: 'json-object' }
    : { kind: 'json-schema', schema: format, field: 'format' };
}
