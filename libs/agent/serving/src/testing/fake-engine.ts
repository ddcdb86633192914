import {
  createThinkingCount,
  type GenerationRequest,
  type PromptRequest,
  type TokenLogprob,
} from '@flotilla/agent-openai';
import { FlotillaError } from '@flotilla/contracts';
import type {
  Engine,
  EngineExit,
  EngineInfo,
  EngineSpec,
  GenerationEvent,
  SideContextKind,
  StartEngine,
} from '../engine.ts';

/** How a fake is opened where a test does not care. */
export const FAKE_SPEC: EngineSpec = {
  modelPath: 'none',
  modelDigest: 'none',
  contextTokens: 64,
  sequences: 2,
  batchTokens: 8,
  threads: 1,
  gpu: 'off',
  kvCacheType: 'f16',
};

export interface FakeEngineOptions {
  /** Changes what every engine says of its model. Default: knows tools, is no reranker, gives vectors. */
  info?: Partial<EngineInfo>;
  /** The pieces of every answer, one token each. Default: the words of the last message or of the prompt. */
  answer?: (request: GenerationRequest) => string[];
  /** Engines give no token until `resume`. Default false. */
  startHeld?: boolean;
  /** A request gets so many tokens and then none until `resume`. Default: no bound. */
  holdAfter?: number;
  /** Memory of a context beside the one that serves. Default 0. */
  sideBytes?: number;
  /** Called with every start; throw from it to let a load fail. */
  onStart?: (spec: EngineSpec, starts: number) => void;
}

/** An engine without a model: same promises as the real one, and a test decides when each token comes. */
export interface FakeEngine extends Engine {
  /** Ends the process as a native abort would. */
  /** `says`: its last words. */
  crash(options?: { signal?: NodeJS.Signals; says?: string }): void;
  /** From now on no token comes until `resume`. */
  hold(): void;
  resume(): void;
  /** Requests that are generating. */
  readonly running: number;
  /** Contexts beside the one that serves that were given back, in their order. */
  readonly closed: readonly SideContextKind[];
}

export interface FakeEngines {
  startEngine: StartEngine;
  /** All that were started, the newest last. */
  readonly started: FakeEngine[];
  /** The newest. */
  latest(): FakeEngine;
}

export function createFakeEngines(options: FakeEngineOptions = {}): FakeEngines {
  const started: FakeEngine[] = [];
  return {
    started,
    latest() {
      const engine = started.at(-1);
      if (engine === undefined) throw new FlotillaError('not-found', 'No fake engine was started.');
      return engine;
    },
    async startEngine(spec, { signal }) {
      signal.throwIfAborted();
      options.onStart?.(spec, started.length + 1);
      const engine = createFakeEngine(spec, options, started.length + 1);
      started.push(engine);
      return engine;
    },
  };
}

const words = (text: string): string[] => text.match(/\s*\S+/g) ?? [];

function createFakeEngine(
  spec: EngineSpec,
  { answer = echo, startHeld = false, holdAfter, sideBytes = 0, info: known = {} }: FakeEngineOptions,
  pid: number,
): FakeEngine {
  const exit = Promise.withResolvers<EngineExit>();
  const gone = new AbortController();
  let open = Promise.withResolvers<void>();
  if (!startHeld) open.resolve();
  const closed: SideContextKind[] = [];
  let running = 0;

  function end(how: EngineExit): void {
    gone.abort();
    exit.resolve(how);
  }

  function promptTokens({ messages, prompt }: Pick<PromptRequest, 'messages' | 'prompt'>): number {
    if (typeof prompt === 'string') return words(prompt).length;
    if (prompt !== undefined) return prompt.length;
    return messages.reduce((sum, message) => sum + words(message.content).length, 0);
  }

  /** Waits until a token may come; throws what a generation throws. */
  async function turn(signal: AbortSignal, tokensProduced: number): Promise<void> {
    const stopped = Promise.withResolvers<void>();
    const wake = (): void => stopped.resolve();
    signal.addEventListener('abort', wake, { once: true });
    gone.signal.addEventListener('abort', wake, { once: true });
    await new Promise((resolve) => setImmediate(resolve));
    if (!signal.aborted && !gone.signal.aborted) await Promise.race([open.promise, stopped.promise]);
    signal.removeEventListener('abort', wake);
    gone.signal.removeEventListener('abort', wake);
    if (gone.signal.aborted)
      throw new FlotillaError('engine-crashed', 'The engine process ended.', { details: { tokensProduced } });
    if (signal.aborted) throw new FlotillaError('aborted', 'The generation was cancelled.');
  }

  async function* generate(
    request: GenerationRequest,
    signal: AbortSignal,
  ): AsyncGenerator<GenerationEvent, void> {
    await turn(signal, 0);
    const prompt = promptTokens(request);
    if (prompt >= spec.contextTokens) {
      throw new FlotillaError(
        'context-length-exceeded',
        `The prompt has ${prompt} tokens; the context holds ${spec.contextTokens}.`,
        {
          details: { field: 'messages', promptTokens: prompt, contextTokens: spec.contextTokens },
        },
      );
    }
    yield { kind: 'started', promptTokens: prompt, cachedTokens: 0, thinking: false };
    const pieces = answer(request);
    const limit = Math.min(request.maxTokens ?? pieces.length, spec.contextTokens - prompt);
    const { thinkingTags: marks } = known;
    const thought = marks && createThinkingCount({ marks, startsInside: false });
    let produced = 0;
    for (const piece of pieces.slice(0, limit)) {
      if (produced === holdAfter) open = Promise.withResolvers<void>();
      await turn(signal, produced);
      produced += 1;
      thought?.push(piece);
      yield {
        kind: 'text',
        text: piece,
        tokens: 1,
        ...(request.logprobs === undefined ? {} : { logprobs: [fakeLogprob(piece, request.logprobs.top)] }),
      };
    }
    yield {
      kind: 'finished',
      reason: pieces.length > limit ? 'length' : 'stop',
      usage: {
        promptTokens: prompt,
        cachedTokens: 0,
        completionTokens: produced,
        reasoningTokens: thought?.tokens ?? 0,
      },
      timings: { queuedMs: 0, promptMs: 1, generationMs: produced },
    };
  }

  return {
    spec,
    info: { ...fakeInfo(spec, pid), ...known },
    exited: exit.promise,
    get hasExited() {
      return gone.signal.aborted;
    },
    get pending() {
      return running;
    },
    get running() {
      return running;
    },
    async *generate(request, { signal }) {
      running += 1;
      try {
        yield* generate(request, signal);
      } finally {
        running -= 1;
      }
    },
    countTokens: async (request) => promptTokens(request),
    renderPrompt: async ({ messages, prompt }) =>
      prompt === undefined
        ? messages.map(({ role, content }) => `${role}: ${content}\n`).join('')
        : typeof prompt === 'string'
          ? prompt
          : fromCodePoints(prompt),
    tokenize: async (text) => Array.from(text, (char) => char.codePointAt(0) ?? 0),
    detokenize: async (tokens) => fromCodePoints(tokens),
    async embed({ inputs }, { signal }) {
      await turn(signal, 0);
      return {
        vectors: inputs.map((input) => fakeVector(typeof input === 'string' ? input : fromCodePoints(input))),
        tokens: inputs.reduce(
          (sum, input) => sum + (typeof input === 'string' ? words(input).length : input.length),
          0,
        ),
      };
    },
    async rank({ query, documents }, { signal }) {
      await turn(signal, 0);
      if (known.isReranker !== true)
        throw new FlotillaError('unsupported-parameter', 'The model is no reranker.', {
          details: { field: 'model' },
        });
      return {
        scores: documents.map((document) => sharedWords(query, document)),
        tokens: words([query, ...documents].join(' ')).length,
      };
    },
    sideBytes: async () => sideBytes,
    closeSide: async (kind) => {
      closed.push(kind);
      return true;
    },
    closed,
    stats: async () => ({
      rssBytes: 1,
      cpuSeconds: 0,
      running,
      waiting: 0,
      steps: 0,
      evaluatedTokens: 0,
      generatedTokens: 0,
    }),
    async stop() {
      end({ expected: true, code: 0, signal: null, log: [] });
    },
    kill() {
      end({ expected: false, code: null, signal: 'SIGKILL', log: [] });
    },
    crash({ signal = 'SIGABRT', says = 'ggml: out of memory' } = {}) {
      end({ expected: false, code: null, signal, log: [says] });
    },
    hold() {
      open = Promise.withResolvers<void>();
    },
    resume() {
      open.resolve();
    },
  };
}

function echo(request: GenerationRequest): string[] {
  const { prompt, messages } = request;
  if (typeof prompt === 'string') return words(prompt);
  if (prompt !== undefined) return words(fromCodePoints(prompt));
  return words(messages.at(-1)?.content ?? '');
}

/** A token of the fake is a character's code point. */
function fromCodePoints(tokens: readonly number[]): string {
  const unknown = tokens.find((token) => token > 0x10_ff_ff);
  if (unknown !== undefined) throw new FlotillaError('invalid-input', `There is no token ${unknown}.`);
  return tokens.map((token) => String.fromCodePoint(token)).join('');
}

function fakeLogprob(text: string, top: number): TokenLogprob {
  const bytes = [...new TextEncoder().encode(text)];
  const choice = { token: text, bytes, logprob: -0.5 };
  return {
    ...choice,
    top: Array.from({ length: top }, (_, index) =>
      index === 0 ? choice : { token: `${index}`, bytes: [48 + index], logprob: -0.5 - index },
    ),
  };
}

const VECTOR_LENGTH = 8;

/** Of length 1, the same for the same text, and another for another. */
function fakeVector(text: string): number[] {
  const sums = Array.from({ length: VECTOR_LENGTH }, () => 1);
  for (const [index, char] of Array.from(text).entries())
    sums[index % VECTOR_LENGTH] = (sums[index % VECTOR_LENGTH] ?? 0) + (char.codePointAt(0) ?? 0);
  const length = Math.hypot(...sums);
  return sums.map((sum) => sum / length);
}

/** The share of the query's words that the document has. */
function sharedWords(query: string, document: string): number {
  const asked = words(query).map((word) => word.trim());
  const there = new Set(words(document).map((word) => word.trim()));
  return asked.length === 0 ? 0 : asked.filter((word) => there.has(word)).length / asked.length;
}

function fakeInfo(spec: EngineSpec, pid: number): EngineInfo {
  return {
    pid,
    modelName: 'fake',
    architecture: 'fake',
    contextTokens: spec.contextTokens,
    trainContextTokens: spec.contextTokens,
    sequences: spec.sequences,
    batchTokens: spec.batchTokens,
    threads: spec.threads,
    gpu: 'cpu',
    gpuLayers: 0,
    vocabularySize: 0,
    supportsTools: true,
    supportsThinking: false,
    supportsReasoningEffort: false,
    pooling: 'mean',
    isReranker: false,
    embeddingLength: VECTOR_LENGTH,
    hasAdapter: spec.adapter !== undefined,
    engineRelease: 'fake',
    modelBytes: 0,
    contextBytes: 0,
    rssBytes: 1,
    loadMs: 0,
  };
}
