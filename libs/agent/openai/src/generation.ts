import { z } from 'zod';

/** A call the model made in an earlier turn; `arguments` is the JSON text as it was sent. */
export const ToolCall = z.object({ id: z.string(), name: z.string(), arguments: z.string() });
export type ToolCall = z.infer<typeof ToolCall>;

/** One turn, free of any wire format: every API maps to this and back. */
export const GenerationMessage = z.discriminatedUnion('role', [
  z.object({ role: z.literal('system'), content: z.string() }),
  z.object({ role: z.literal('user'), content: z.string() }),
  z.object({ role: z.literal('assistant'), content: z.string(), toolCalls: z.array(ToolCall).default([]) }),
  z.object({ role: z.literal('tool'), content: z.string(), toolCallId: z.string() }),
]);
export type GenerationMessage = z.infer<typeof GenerationMessage>;

/** A function the model may call; `parameters` is JSON Schema, passed to the template as it is. */
export const FunctionTool = z.object({
  name: z.string(),
  description: z.string().optional(),
  parameters: z.record(z.string(), z.unknown()).optional(),
});
export type FunctionTool = z.infer<typeof FunctionTool>;

/** What a request says about sampling; what it leaves out comes from the release. Ranges are OpenAI's. */
export const RequestSampling = z.object({
  temperature: z.number().min(0).max(2).optional(),
  topP: z.number().min(0).max(1).optional(),
  topK: z.int().min(0).optional().describe('0 means off.'),
  minP: z.number().min(0).max(1).optional(),
  seed: z.int().optional().describe('Taken modulo 2^32 - 1; absent: random.'),
  frequencyPenalty: z.number().min(-2).max(2).optional(),
  presencePenalty: z.number().min(-2).max(2).optional(),
  repeatPenalty: z
    .number()
    .gt(0)
    .max(10)
    .optional()
    .describe('Divides the logits of what was said lately; 1 means off. Prompt and answer count.'),
  repeatLastN: z
    .int()
    .min(-1)
    .optional()
    .describe('Tokens that `repeatPenalty` looks back; 0 means off, -1 the whole context. Default 64.'),
});
export type RequestSampling = z.infer<typeof RequestSampling>;

/** A grammar larger than this is refused; compiling one of this size takes about as long as reading a short prompt. */
export const MOST_GRAMMAR_BYTES = 262_144;
export const MOST_TOP_LOGPROBS = 20;
export const MOST_LOGIT_BIASES = 1_024;

/** What makes up a prompt: a conversation that the template renders, or text or tokens that are taken as they are. */
export const PromptRequest = z.object({
  messages: z.array(GenerationMessage).describe('Empty where `prompt` is given, and only there.'),
  prompt: z
    .union([z.string(), z.array(z.int().min(0))])
    .optional()
    .describe('Continued as it is, without a template. In text nothing is read as a control token.'),
  tools: z.array(FunctionTool).default([]),
  templateOptions: z
    .record(z.string(), z.unknown())
    .optional()
    .describe(
      'Variables for the chat template, as `enable_thinking` and `reasoning_effort`; the names that the template itself is given are refused.',
    ),
});
export type PromptRequest = z.infer<typeof PromptRequest>;

/** One generation, as the engine understands it. */
export const GenerationRequest = PromptRequest.extend({
  sampling: RequestSampling.default({}),
  stop: z.array(z.string().min(1)).default([]),
  maxTokens: z
    .int()
    .min(1)
    .optional()
    .describe('Default: 1,024, or what the context leaves after the prompt where that is less.'),
  priority: z
    .int()
    .min(-100)
    .max(100)
    .optional()
    .describe(
      'Higher is begun, and its prompt read, first. Set by the box from the key, never by a request. Default: 0.',
    ),
  grammar: z
    .string()
    .min(1)
    .optional()
    .describe('GBNF that the answer keeps to. No control token is sampled but the end of the turn.'),
  logprobs: z
    .object({ top: z.int().min(0).max(MOST_TOP_LOGPROBS) })
    .optional()
    .describe("The model's own log-probabilities, and of so many alternatives for each token."),
  logitBias: z
    .record(z.string().regex(/^\d+$/), z.number().min(-100).max(100))
    .optional()
    .describe('Token id to what is added to its logit; 100 and -100 force and ban.'),
  adapter: z.boolean().optional().describe("Default true; false: without the release's LoRA."),
});
export type GenerationRequest = z.infer<typeof GenerationRequest>;

/** A token that could have stood at one place; `logprob` is natural, of the model itself, before sampling and grammar. */
export const LogprobChoice = z.object({
  token: z.string().describe('Its text; bytes that are no whole characters come out as U+FFFD.'),
  bytes: z.array(z.int()).describe("The token's own, which need not be whole characters."),
  logprob: z.number(),
});
export type LogprobChoice = z.infer<typeof LogprobChoice>;

/** The token that was taken, and the likeliest ones at its place. */
export const TokenLogprob = LogprobChoice.extend({ top: z.array(LogprobChoice) });
export type TokenLogprob = z.infer<typeof TokenLogprob>;

/** Why a generation ended by itself. */
export type FinishReason = 'stop' | 'length';

/** Tokens as we count them: `promptTokens` includes `cachedTokens`; an end-of-turn token is not counted. */
export const TokenUsage = z.object({
  promptTokens: z.int().min(0),
  cachedTokens: z.int().min(0),
  completionTokens: z.int().min(0),
  reasoningTokens: z.int().min(0).describe('Of the completion: those that went into thinking.'),
});
export type TokenUsage = z.infer<typeof TokenUsage>;
