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
});
export type RequestSampling = z.infer<typeof RequestSampling>;

/** One generation, as the engine understands it. */
export const GenerationRequest = z.object({
  messages: z.array(GenerationMessage).min(1),
  tools: z.array(FunctionTool).default([]),
  sampling: RequestSampling.default({}),
  stop: z.array(z.string().min(1)).default([]),
  maxTokens: z
    .int()
    .min(1)
    .optional()
    .describe('Default: 1,024, or what the context leaves after the prompt where that is less.'),
});
export type GenerationRequest = z.infer<typeof GenerationRequest>;

/** Why a generation ended by itself. */
export type FinishReason = 'stop' | 'length';

/** Tokens as we count them: `promptTokens` includes `cachedTokens`; an end-of-turn token is not counted. */
export const TokenUsage = z.object({
  promptTokens: z.int().min(0),
  cachedTokens: z.int().min(0),
  completionTokens: z.int().min(0),
});
export type TokenUsage = z.infer<typeof TokenUsage>;
