import type { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';
import type { AnswerForm } from './answer/answer-form.ts';
import { invalid } from './errors.ts';
import { MOST_TOP_LOGPROBS, type GenerationRequest } from './generation.ts';
import { ChatMessages, toGenerationMessages } from './messages.ts';
import { CHAT_PAIRS, CHAT_PARAMETERS } from './parameters/chat.ts';
import { refusedPair } from './parameters/table.ts';
import { readBody } from './read-body.ts';
import { ReasoningEffort, TemplateOptions, type ThinkingWish } from './reasoning.ts';
import { ResponseFormat, formOfResponseFormat } from './response-format.ts';
import {
  CALLER_FIELDS,
  ChoiceCount,
  PENALTY_FIELDS,
  SAMPLING_FIELDS,
  StreamOptions,
  toSampling,
} from './sampling-fields.ts';
import { ChatTools, ToolChoice, callChoice, offeredTools, refusedParallel, sentFunctions } from './tools.ts';

/** The honoured part of a request, with `null` already taken as absent. */
const ChatCompletionBody = z.object({
  model: z.string().min(1),
  messages: ChatMessages,
  ...SAMPLING_FIELDS,
  ...PENALTY_FIELDS,
  max_tokens: z.int().min(1).optional(),
  max_completion_tokens: z.int().min(1).optional(),
  n: ChoiceCount.optional(),
  logprobs: z.boolean().optional(),
  top_logprobs: z.int().min(0).max(MOST_TOP_LOGPROBS).optional(),
  stream: z.boolean().optional(),
  stream_options: StreamOptions.optional(),
  response_format: ResponseFormat.optional(),
  tools: ChatTools.optional(),
  tool_choice: ToolChoice.optional(),
  parallel_tool_calls: z.boolean().optional(),
  reasoning_effort: ReasoningEffort.optional(),
  chat_template_kwargs: TemplateOptions.optional(),
  ...CALLER_FIELDS,
  metadata: z.record(z.string(), z.string()).optional(),
  safety_identifier: z.string().optional(),
  prompt_cache_key: z.string().optional(),
});
type ChatCompletionBody = z.infer<typeof ChatCompletionBody>;

/** A chat completion as we run it: what to generate, and how the answer is to be sent. */
export interface ChatCompletionCall {
  model: string;
  /** Without the grammar and the template's options, which `form` and `thinking` stand for. */
  generation: GenerationRequest;
  form: AnswerForm;
  thinking: ThinkingWish;
  choices: number;
  stream: boolean;
  includeUsage: boolean;
  /** How long the client waits. */
  timeoutMs?: number;
}

export type ParsedChatRequest = { ok: true; call: ChatCompletionCall } | { ok: false; error: FlotillaError };

/**
 * Reads the body of `POST /v1/chat/completions`.
 *
 * Strict: a field is honoured, or refused by its name; nothing is silently ignored.
 */
export function parseChatRequest(body: unknown): ParsedChatRequest {
  const read = readBody(body, {
    schema: ChatCompletionBody,
    table: CHAT_PARAMETERS,
    endpoint: 'chat completions',
  });
  return read.ok ? toCall(read.value) : read;
}

function toCall(body: ChatCompletionBody): ParsedChatRequest {
  const contradiction = contradictionIn(body);
  if (contradiction !== undefined) return { ok: false, error: contradiction };
  const messages = toGenerationMessages(body.messages);
  if (!messages.ok) return messages;
  const offered = offeredTools({
    functions: sentFunctions(body.tools),
    choice: callChoice(body.tool_choice),
    parallel: body.parallel_tool_calls,
  });
  if (!offered.ok) return offered;
  const pair = refusedPair(CHAT_PAIRS, (name) =>
    name === 'tools' ? offered.calls !== undefined : name === 'logprobs' && body.logprobs === true,
  );
  if (pair !== undefined) return { ok: false, error: pair };
  const form: AnswerForm = { text: formOfResponseFormat(body.response_format), calls: offered.calls };
  return {
    ok: true,
    call: {
      model: body.model,
      stream: body.stream ?? false,
      includeUsage: body.stream_options?.include_usage ?? false,
      choices: body.n ?? 1,
      timeoutMs: body.timeout,
      form,
      thinking: { effort: body.reasoning_effort, templateOptions: body.chat_template_kwargs, form },
      generation: {
        messages: messages.messages,
        tools: offered.tools,
        stop: body.stop ?? [],
        maxTokens: body.max_completion_tokens ?? body.max_tokens,
        sampling: toSampling(body),
        ...(body.logit_bias === undefined ? {} : { logitBias: body.logit_bias }),
        ...(body.logprobs === true ? { logprobs: { top: body.top_logprobs ?? 0 } } : {}),
      },
    },
  };
}

function contradictionIn(body: ChatCompletionBody): FlotillaError | undefined {
  if (body.stream_options !== undefined && body.stream !== true)
    return invalid('stream_options', 'is only allowed when `stream` is true');
  if (
    body.max_tokens !== undefined &&
    body.max_completion_tokens !== undefined &&
    body.max_tokens !== body.max_completion_tokens
  )
    return invalid('max_tokens', 'differs from `max_completion_tokens`; send one of them');
  if ((body.top_logprobs ?? 0) > 0 && body.logprobs !== true)
    return invalid('top_logprobs', 'is only allowed when `logprobs` is true');
  return refusedParallel(body.parallel_tool_calls, body.tools?.length ?? 0);
}
