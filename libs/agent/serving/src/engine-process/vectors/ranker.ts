import { FlotillaError } from '@flotilla/contracts';
import type { LlamaModel, LlamaRankingContext } from 'node-llama-cpp';
import type { EngineSpec, Ranking } from '../../engine.ts';

export interface Ranker {
  rank(input: { query: string; documents: readonly string[] }, signal: AbortSignal): Promise<Ranking>;
}

/** Scores between 0 and 1, for a model that has the head for it; any other is refused by name. */
export function createRanker(model: LlamaModel, spec: EngineSpec): Ranker {
  const contextSize = Math.min(spec.contextTokens, model.trainContextSize);
  let opened: Promise<LlamaRankingContext> | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  function context(): Promise<LlamaRankingContext> {
    // A pair must be read in one batch: the head looks at all of it.
    opened ??= model.createRankingContext({ contextSize, batchSize: contextSize, threads: spec.threads });
    opened.catch(() => {
      opened = undefined;
    });
    return opened;
  }

  async function run(query: string, documents: readonly string[], signal: AbortSignal): Promise<Ranking> {
    const ranking = await context();
    const lengths = documents.map((document) => ranking.calculateInputLength(query, document));
    for (const [index, length] of lengths.entries()) refuseLength(length, contextSize, index);
    const scores: number[] = [];
    for (const document of documents) {
      signal.throwIfAborted();
      scores.push(await ranking.rank(query, document));
    }
    return { scores, tokens: lengths.reduce((sum, length) => sum + length, 0) };
  }

  return {
    rank({ query, documents }, signal) {
      if (!model.fileInsights.supportsRanking)
        return Promise.reject(unsupported('The model is no reranker: it has no head that scores.'));
      if (spec.adapter !== undefined)
        return Promise.reject(unsupported('The engine ranks without an adapter, and this release has one.'));
      const work = (): Promise<Ranking> => run(query, documents, signal);
      const result = turn.then(work, work);
      turn = result.catch(() => undefined);
      return result;
    },
  };
}

function unsupported(message: string): FlotillaError {
  return new FlotillaError('unsupported-parameter', message, { details: { field: 'model' } });
}

function refuseLength(tokens: number, contextTokens: number, index: number): void {
  if (tokens < contextTokens) return;
  throw new FlotillaError(
    'context-length-exceeded',
    `Query and document ${index} have ${tokens} tokens; the model reads at most ${contextTokens - 1}.`,
    {
      details: { field: 'documents', index, promptTokens: tokens, contextTokens, fix: 'Cut it into pieces.' },
    },
  );
}
