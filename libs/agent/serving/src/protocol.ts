import { GenerationRequest, PromptRequest, TokenLogprob, TokenUsage } from '@flotilla/agent-openai';
import { z } from 'zod';
import { EngineInfo, EngineSpec, EngineStats, GenerationTimings, SideContextKind } from './engine.ts';

/** What the supervisor tells an engine process. */
export const EngineCommand = z.discriminatedUnion('type', [
  z.object({ type: z.literal('load'), spec: EngineSpec }),
  z.object({ type: z.literal('generate'), id: z.int(), request: GenerationRequest }),
  z.object({ type: z.literal('cancel'), id: z.int() }),
  z.object({ type: z.literal('count-tokens'), id: z.int(), request: PromptRequest }),
  z.object({ type: z.literal('render-prompt'), id: z.int(), request: PromptRequest }),
  z.object({ type: z.literal('tokenize'), id: z.int(), text: z.string(), special: z.boolean() }),
  z.object({ type: z.literal('detokenize'), id: z.int(), tokens: z.array(z.int()) }),
  z.object({
    type: z.literal('embed'),
    id: z.int(),
    inputs: z.array(z.union([z.string(), z.array(z.int())])),
  }),
  z.object({ type: z.literal('rank'), id: z.int(), query: z.string(), documents: z.array(z.string()) }),
  z.object({ type: z.literal('side-bytes'), id: z.int(), kind: SideContextKind }),
  z.object({ type: z.literal('close-side'), id: z.int(), kind: SideContextKind }),
  z.object({ type: z.literal('stats'), id: z.int() }),
  z.object({ type: z.literal('stop') }),
]);
export type EngineCommand = z.infer<typeof EngineCommand>;

/** A refusal as it crosses the process border; becomes a FlotillaError again on the other side. */
export const EngineProblem = z.object({
  code: z.string(),
  message: z.string(),
  details: z.record(z.string(), z.unknown()),
});
export type EngineProblem = z.infer<typeof EngineProblem>;

export const RequestEvent = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('started'),
    id: z.int(),
    promptTokens: z.int(),
    cachedTokens: z.int(),
    thinking: z.boolean(),
  }),
  z.object({
    kind: z.literal('text'),
    id: z.int(),
    text: z.string(),
    tokens: z.int(),
    logprobs: z.array(TokenLogprob).optional(),
  }),
  z.object({
    kind: z.literal('finished'),
    id: z.int(),
    reason: z.enum(['stop', 'length']),
    stop: z.string().optional(),
    usage: TokenUsage,
    timings: GenerationTimings,
  }),
  z.object({ kind: z.literal('failed'), id: z.int(), problem: EngineProblem }),
]);
export type RequestEvent = z.infer<typeof RequestEvent>;

/** What an engine process says. All events of one step travel in one message. */
export const EngineReport = z.discriminatedUnion('type', [
  z.object({ type: z.literal('loading'), share: z.number() }),
  z.object({ type: z.literal('ready'), info: EngineInfo }),
  z.object({ type: z.literal('load-failed'), problem: EngineProblem }),
  z.object({ type: z.literal('step'), events: z.array(RequestEvent) }),
  z.object({ type: z.literal('reply'), id: z.int(), value: z.unknown() }),
  z.object({ type: z.literal('refusal'), id: z.int(), problem: EngineProblem }),
]);
export type EngineReport = z.infer<typeof EngineReport>;

export { EngineStats };
