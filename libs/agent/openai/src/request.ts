import type { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';
import { invalid, unsupported } from './errors.ts';
import type { GenerationRequest } from './generation.ts';
import { MOST_JSON_LEVELS, nestsDeeperThan } from './json-depth.ts';
import { ChatMessages, toGenerationMessages } from './messages.ts';
import { CHAT_PARAMETERS } from './parameters.ts';
import { ChatTools, ToolChoice, offeredTools } from './tools.ts';

const WellFormed = z.string().refine((text) => text.isWellFormed(), 'is not well-formed Unicode');
const StopString = WellFormed.min(1);

/** The honoured part of a request, with `null` already taken as absent. */
const ChatCompletionBody = z.object({
  model: z.string().min(1),
  messages: ChatMessages,
  temperature: z.number().min(0).max(2).optional(),
  top_p: z.number().min(0).max(1).optional(),
  top_k: z.int().min(0).optional(),
  min_p: z.number().min(0).max(1).optional(),
  seed: z.int().optional(),
  stop: z.union([StopString.transform((stop) => [stop]), z.array(StopString).max(16)]).optional(),
  max_tokens: z.int().min(1).optional(),
  max_completion_tokens: z.int().min(1).optional(),
  frequency_penalty: z.number().min(-2).max(2).optional(),
  presence_penalty: z.number().min(-2).max(2).optional(),
  stream: z.boolean().optional(),
  stream_options: z
    .strictObject({ include_usage: z.boolean().nullish(), include_obfuscation: z.literal(false).nullish() })
    .optional(),
  tools: ChatTools.optional(),
  tool_choice: ToolChoice.optional(),
  user: z.string().optional(),
  metadata: z.record(z.string(), z.string()).optional(),
  safety_identifier: z.string().optional(),
  prompt_cache_key: z.string().optional(),
});

/** A chat completion as we run it: what to generate, and how the answer is to be sent. */
export interface ChatCompletionCall {
  model: string;
  generation: GenerationRequest;
  stream: boolean;
  includeUsage: boolean;
}

export type ParsedChatRequest = { ok: true; call: ChatCompletionCall } | { ok: false; error: FlotillaError };

/**
 * Reads the body of `POST /v1/chat/completions`.
 *
 * Strict: a field is honoured, or refused by its name; nothing is silently ignored.
 */
export function parseChatRequest(body: unknown): ParsedChatRequest {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return { ok: false, error: invalid('body', 'must be a JSON object') };
  }
  const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
  const refusal = refusedParameter(given);
  if (refusal !== undefined) return { ok: false, error: refusal };
  const parsed = ChatCompletionBody.safeParse(given);
  if (!parsed.success) return { ok: false, error: firstIssue(parsed.error) };
  return toCall(parsed.data);
}

function toCall(body: z.infer<typeof ChatCompletionBody>): ParsedChatRequest {
  if (body.stream_options !== undefined && body.stream !== true) {
    return { ok: false, error: invalid('stream_options', 'is only allowed when `stream` is true') };
  }
  if (
    body.max_tokens !== undefined &&
    body.max_completion_tokens !== undefined &&
    body.max_tokens !== body.max_completion_tokens
  ) {
    return {
      ok: false,
      error: invalid('max_tokens', 'differs from `max_completion_tokens`; send one of them'),
    };
  }
  const messages = toGenerationMessages(body.messages);
  if (!messages.ok) return messages;
  const tools = offeredTools(body.tools, body.tool_choice);
  if (!tools.ok) return tools;
  return {
    ok: true,
    call: {
      model: body.model,
      stream: body.stream ?? false,
      includeUsage: body.stream_options?.include_usage ?? false,
      generation: {
        messages: messages.messages,
        tools: tools.tools,
        stop: body.stop ?? [],
        maxTokens: body.max_completion_tokens ?? body.max_tokens,
        sampling: {
          temperature: body.temperature,
          topP: body.top_p,
          topK: body.top_k,
          minP: body.min_p,
          seed: body.seed,
          frequencyPenalty: body.frequency_penalty,
          presencePenalty: body.presence_penalty,
        },
      },
    },
  };
}

function refusedParameter(given: Record<string, unknown>): FlotillaError | undefined {
  for (const [name, value] of Object.entries(given)) {
    const parameter = Object.hasOwn(CHAT_PARAMETERS, name) ? CHAT_PARAMETERS[name] : undefined;
    if (parameter === undefined) return unsupported(name, 'it is not a parameter of chat completions');
    if (parameter.support === 'honoured') continue;
    const harmless =
      !nestsDeeperThan(value, MOST_JSON_LEVELS) &&
      parameter.accepts.some((accepted) => JSON.stringify(accepted) === JSON.stringify(value));
    if (!harmless) return unsupported(name, parameter.why);
  }
  return undefined;
}

function firstIssue(error: z.ZodError): FlotillaError {
  const issue = error.issues[0];
  if (issue === undefined) return invalid('body', 'is not valid');
  const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path;
  const field = fieldName(path);
  return issue.code === 'unrecognized_keys'
    ? unsupported(field, 'the field is not known here')
    : invalid(field, issue.message);
}

/** `messages[2].content` */
export function fieldName(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`,
    )
    .join('');
}
