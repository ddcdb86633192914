import type {
  FinishReason,
  GenerationRequest,
  PromptRequest,
  TokenLogprob,
  TokenUsage,
} from '@flotilla/agent-openai';
import { z } from 'zod';

/** One loaded model: everything that must be fixed before the process starts. Sizes in bytes, lengths in tokens. */
export const EngineSpec = z.object({
  modelPath: z.string().min(1),
  modelDigest: z.string().min(1).describe('sha256 of the file; only named in events and answers.'),
  contextTokens: z
    .int()
    .min(64)
    .describe('Context of one sequence; prompt and answer together never exceed it.'),
  sequences: z
    .int()
    .min(1)
    .max(256)
    .describe('Requests that are stepped together. Memory grows with contextTokens × sequences.'),
  batchTokens: z
    .int()
    .min(8)
    .default(512)
    .describe('Largest batch. Its logits buffer is vocabulary × batch × 4 bytes: lower it on small boxes.'),
  threads: z.int().min(1).describe('Never above the usable cores: one too many costs an order of magnitude.'),
  threadsLimit: z
    .int()
    .min(1)
    .optional()
    .describe(
      'Most threads that are tried when decoding has become slow. Default: threads, which are then kept for good.',
    ),
  gpu: z.enum(['auto', 'off']).default('auto'),
  gpuLayers: z
    .int()
    .min(0)
    .optional()
    .describe('Most layers on the GPU. Default: as many as leave room for the context.'),
  kvCacheType: z.enum(['f16', 'q8_0']).default('f16'),
  adapter: z
    .object({
      path: z.string().min(1),
      digest: z.string().min(1).describe('sha256 of the file; only named.'),
      scale: z.number().positive().default(1).describe('1: as it was trained.'),
    })
    .optional()
    .describe('A LoRA as GGUF, applied to every request that does not ask to go without.'),
  prefixCache: z
    .object({
      folder: z.string().min(1).describe('Made with mode 700 when missing; several engines may share it.'),
      systemPrompt: z.string().min(1).describe('As requests bring it in their first message.'),
      mostBytes: z
        .int()
        .positive()
        .default(256 * 2 ** 20)
        .describe('Of the folder; what was used longest ago is deleted.'),
    })
    .optional()
    .describe('Keeps the state of a system prompt over restarts, so that it is not read anew.'),
  memoryLimitBytes: z
    .int()
    .positive()
    .optional()
    .describe('Resident size after loading above which the model is refused.'),
  sideLimitBytes: z
    .int()
    .positive()
    .optional()
    .describe(
      'Resident size above which no context is opened beside the one that serves, for vectors or without the adapter. Default: memoryLimitBytes.',
    ),
});
export type EngineSpec = z.infer<typeof EngineSpec>;

/** Text around the model's thinking, as `<think>` and `</think>`. */
export const ThinkingTags = z.object({ open: z.string(), close: z.string() });
export type ThinkingTags = z.infer<typeof ThinkingTags>;

/** What became of the spec once loaded. */
export const EngineInfo = z.object({
  pid: z.int(),
  modelName: z.string(),
  architecture: z.string(),
  contextTokens: z.int(),
  trainContextTokens: z.int(),
  sequences: z.int(),
  batchTokens: z.int(),
  threads: z.int(),
  gpu: z.string().describe('Backend in use: cpu, cuda, vulkan or metal.'),
  gpuLayers: z.int(),
  vocabularySize: z.int(),
  supportsTools: z.boolean(),
  supportsThinking: z.boolean().describe('The template can write a thinking stretch, or can switch it.'),
  thinkingSwitch: z
    .string()
    .optional()
    .describe('The template’s variable that switches thinking, where it has one.'),
  thinkingTags: ThinkingTags.optional().describe('What the stretch stands between, where there can be one.'),
  supportsReasoningEffort: z.boolean(),
  pooling: z
    .enum(['none', 'mean', 'cls', 'last', 'rank'])
    .describe(
      'How the file says that vectors are made; `none`: it was not trained for it, and means are taken.',
    ),
  isReranker: z.boolean(),
  embeddingLength: z.int().describe('Numbers in a vector.'),
  hasAdapter: z.boolean(),
  engineRelease: z.string().describe('llama.cpp release.'),
  modelBytes: z.int(),
  contextBytes: z.int(),
  rssBytes: z.int(),
  loadMs: z.number(),
});
export type EngineInfo = z.infer<typeof EngineInfo>;

/**
 * What an engine opens beside the context that serves, when it is first used: for vectors, for rankings, and for
 * requests that go without the adapter of their release.
 */
export const SideContextKind = z.enum(['embedding', 'ranking', 'base']);
export type SideContextKind = z.infer<typeof SideContextKind>;

/** What an engine process holds and has done since it started. */
export const EngineStats = z.object({
  rssBytes: z.int(),
  cpuSeconds: z.number(),
  running: z.int(),
  waiting: z.int(),
  steps: z.int(),
  evaluatedTokens: z.int(),
  generatedTokens: z.int(),
  threads: z.int().optional().describe('In use now; those of the spec until decoding has become slow.'),
});
export type EngineStats = z.infer<typeof EngineStats>;

export const GenerationTimings = z.object({
  queuedMs: z.number().describe('Waiting for a sequence, inside the engine.'),
  promptMs: z.number().describe('From the first prompt token evaluated to the first answer token.'),
  generationMs: z.number().describe('From the first answer token to the last.'),
});
export type GenerationTimings = z.infer<typeof GenerationTimings>;

/** Texts or tokens to be turned into vectors. */
export interface EmbedInput {
  inputs: readonly (string | readonly number[])[];
}

/** One vector of length 1 for each input, and the tokens that were read. */
export const Embeddings = z.object({ vectors: z.array(z.array(z.number())), tokens: z.int() });
export type Embeddings = z.infer<typeof Embeddings>;

export interface RankInput {
  query: string;
  documents: readonly string[];
}

/** A score between 0 and 1 for each document, in their order, and the tokens that were read. */
export const Ranking = z.object({ scores: z.array(z.number()), tokens: z.int() });
export type Ranking = z.infer<typeof Ranking>;

/**
 * What a generation says while it runs; `finished` is the last. A failure is thrown instead.
 *
 * `thinking`: the prompt ends inside a thinking stretch, so the answer begins in it. `logprobs`: where they
 * were asked for, one for each token whose text has been shown. `stop`: the stop string that ended it, if one did.
 */
export type GenerationEvent =
  | { kind: 'started'; promptTokens: number; cachedTokens: number; thinking: boolean }
  | { kind: 'text'; text: string; tokens: number; logprobs?: TokenLogprob[] }
  | {
      kind: 'finished';
      reason: FinishReason;
      stop?: string;
      usage: TokenUsage;
      timings: GenerationTimings;
    };

/** How an engine process ended. `expected` is true after `stop()`. */
export interface EngineExit {
  expected: boolean;
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Last lines of the library's log, which says why; never prompt text. */
  log: string[];
}

/**
 * One loaded model, whatever runs it.
 *
 * Invariants: a generation ends with `finished` or throws a FlotillaError; aborting the signal frees
 * its sequence within one batch and throws `aborted`; when the process is gone every generation throws
 * `engine-crashed` (retryable, `details.tokensProduced`) and `exited` resolves once.
 */
export interface Engine {
  readonly spec: EngineSpec;
  readonly info: EngineInfo;
  readonly exited: Promise<EngineExit>;
  /** True from the moment its process is known to be gone, before anyone is told. */
  readonly hasExited: boolean;
  /** Requests and questions it has not answered yet. */
  readonly pending: number;
  generate(request: GenerationRequest, options: { signal: AbortSignal }): AsyncIterable<GenerationEvent>;
  /** Tokens of the prompt as the model would see it, template included. */
  countTokens(request: PromptRequest): Promise<number>;
  /** The prompt as text, template included; control tokens of the template are written out. */
  renderPrompt(request: PromptRequest): Promise<string>;
  /** Tokens of a plain text; nothing in it is read as a control token unless `special` is true. */
  tokenize(text: string, options?: { special?: boolean }): Promise<number[]>;
  /** Text of tokens; control tokens are written out. */
  detokenize(tokens: readonly number[]): Promise<string>;
  /** Throws `unsupported-parameter` for a model that gives no vectors, `context-length-exceeded` for an input too long. */
  embed(input: EmbedInput, options: { signal: AbortSignal }): Promise<Embeddings>;
  /** Throws `unsupported-parameter` for a model that is no reranker. */
  rank(input: RankInput, options: { signal: AbortSignal }): Promise<Ranking>;
  /** Memory that such a context takes once it is open, as estimated, in bytes. Throws `did-not-fit` over `sideLimitBytes`. */
  sideBytes(kind: SideContextKind): Promise<number>;
  /** Gives the memory of such a context back until its next use. False, and nothing happens, where it is in use. */
  closeSide(kind: SideContextKind): Promise<boolean>;
  stats(): Promise<EngineStats>;
  /** Ends the process; running generations throw. Safe to call again. */
  stop(): Promise<void>;
  /** Ends a process that hangs, at once: its exit is not `expected`, and is handled as a crash. */
  kill(): void;
}

export interface StartEngineOptions {
  /** Ends the process where it is aborted before the model is loaded. */
  signal: AbortSignal;
  /** How much of the file is read, from 0 to 1; not every engine says so. */
  onProgress?: (share: number) => void;
  /** The id of its process, before it reads anything; not every engine has one. */
  onForked?: (pid: number) => void;
}

/** Loads a model; throws `load-failed` with the library's own reason, or the signal's. */
export type StartEngine = (spec: EngineSpec, options: StartEngineOptions) => Promise<Engine>;
