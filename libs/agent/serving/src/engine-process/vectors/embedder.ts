import { FlotillaError } from '@flotilla/contracts';
import { oneAtATime, type OneAtATime } from '@flotilla/kernel';
import {
  LlamaVocabularyType,
  type LlamaContext,
  type LlamaContextOptions,
  type LlamaContextSequence,
  type LlamaModel,
  type Token,
} from 'node-llama-cpp';
import type { Embeddings, EngineSpec } from '../../engine.ts';
import { readVector } from '../library-internals.ts';
import { adapterOptions } from '../open-model.ts';
import { asTokens } from '../library-tokens.ts';
import { refuseUnknownTokens } from '../read-prompt.ts';
import { createSideContext, type SideContext } from '../side-context.ts';
import type { FilePooling } from './read-pooling.ts';

interface EmbeddingContext {
  context: LlamaContext;
  sequence: LlamaContextSequence;
}

export interface Embedder {
  readonly side: SideContext<EmbeddingContext>;
  /** One after the other, so that generation goes on between two inputs; aborting stops before the next piece. */
  embed(inputs: readonly (string | readonly number[])[], signal: AbortSignal): Promise<Embeddings>;
}

export interface EmbedderOptions {
  model: LlamaModel;
  spec: EngineSpec;
  pooling: FilePooling;
  vocabularySize: number;
  /** Waits until nothing else of this engine computes. */
  compute: OneAtATime;
}

/** llama.cpp holds the logits of every token of an embedding batch, twice, though nobody reads them. */
const LOGITS_BYTES = 96 * 1024 * 1024;
const MOST_BATCH_TOKENS = 512;
const FEWEST_BATCH_TOKENS = 32;

/**
 * Vectors of length 1.
 *
 * One native context serves all inputs. A causal model reads a long text in pieces: a mean is put together from
 * those of the pieces, a last token is the last piece's. A model that looks both ways must read it in one.
 */
export function createEmbedder({ model, spec, pooling, vocabularySize, compute }: EmbedderOptions): Embedder {
  const contextSize = pooling.isCausal
    ? spec.contextTokens
    : Math.min(spec.contextTokens, model.trainContextSize);
  const piece = pooling.isCausal ? batchTokens(contextSize, vocabularySize) : contextSize;
  const inTurn = oneAtATime();
  let asked = 0;
  const side = createSideContext({
    model,
    spec,
    compute,
    contextSize,
    batchSize: piece,
    isEmbedding: true,
    async create(): Promise<EmbeddingContext> {
      const options: LlamaContextOptions & { _embeddings: boolean } = {
        contextSize,
        batchSize: piece,
        threads: spec.threads,
        sequences: 1,
        failedCreationRemedy: false,
        _embeddings: true,
        ...adapterOptions(spec),
      };
      const context = await model.createContext(options);
      return { context, sequence: context.getSequence() };
    },
    dispose: ({ context }) => context.dispose(),
    isBusy: () => asked > 0,
  });

  async function vectorOf(tokens: readonly Token[], signal: AbortSignal): Promise<number[]> {
    const { context, sequence } = await side.open();
    await sequence.clearHistory();
    let sum: number[] = [];
    for (let start = 0; start < tokens.length; start += piece) {
      signal.throwIfAborted();
      const part = tokens.slice(start, start + piece);
      await compute(() => sequence.evaluateWithoutGeneratingNewTokens(part));
      const vector = readVector(context, part.length);
      if (pooling.pooling === 'cls') return unit(vector);
      if (pooling.pooling === 'last') sum = vector;
      else sum = vector.map((value, index) => (sum[index] ?? 0) + value * part.length);
    }
    return unit(sum);
  }

  return {
    side,
    embed(inputs, signal) {
      if (pooling.pooling === 'rank')
        return Promise.reject(unsupported('The model ranks documents and gives no vectors.'));
      const run = async (): Promise<Embeddings> => {
        const all = inputs.map((input, index) => {
          const tokens = inputTokens(input, model, vocabularySize);
          refuseLength(tokens.length, contextSize, index);
          return tokens;
        });
        const vectors: number[][] = [];
        for (const tokens of all) vectors.push(await vectorOf(tokens, signal));
        return { vectors, tokens: all.reduce((sum, tokens) => sum + tokens.length, 0) };
      };
      asked += 1;
      return inTurn(run).finally(() => (asked -= 1));
    },
  };
}

function batchTokens(contextSize: number, vocabularySize: number): number {
  const fitting = Math.floor(LOGITS_BYTES / (vocabularySize * 4 * 2));
  return Math.min(contextSize, MOST_BATCH_TOKENS, Math.max(FEWEST_BATCH_TOKENS, fitting));
}

/** As the model was trained on: text between the tokens its vocabulary asks for, tokens as they are. */
function inputTokens(input: string | readonly number[], model: LlamaModel, size: number): readonly Token[] {
  if (typeof input !== 'string') {
    refuseUnknownTokens(input, size, 'input');
    return asTokens(input);
  }
  const tokens = model.tokenize(input, false);
  const { bos, eos, sep, shouldPrependBosToken, shouldAppendEosToken } = model.tokens;
  const begin = shouldPrependBosToken ? bos : null;
  // BERT's vocabularies close with a separator.
  const end = shouldAppendEosToken ? eos : model.vocabularyType === LlamaVocabularyType.wpm ? sep : null;
  return [...(begin === null ? [] : [begin]), ...tokens, ...(end === null ? [] : [end])];
}

function refuseLength(tokens: number, contextTokens: number, index: number): void {
  if (tokens === 0) {
    throw new FlotillaError('invalid-input', `Input ${index} is empty.`, {
      details: { field: 'input', index },
    });
  }
  if (tokens >= contextTokens) {
    throw new FlotillaError(
      'context-length-exceeded',
      `Input ${index} has ${tokens} tokens; the model reads at most ${contextTokens - 1}.`,
      { details: { field: 'input', index, promptTokens: tokens, contextTokens, fix: 'Cut it into pieces.' } },
    );
  }
}

function unit(vector: readonly number[]): number[] {
  const length = Math.hypot(...vector);
  if (!(length > 0) || !Number.isFinite(length))
    throw new FlotillaError('internal', 'The model gave no vector for an input.');
  return vector.map((value) => value / length);
}

function unsupported(message: string): FlotillaError {
  return new FlotillaError('unsupported-parameter', message, { details: { field: 'model' } });
}
