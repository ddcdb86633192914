import { FlotillaError } from '@flotilla/contracts';
import { oneAtATime, type OneAtATime } from '@flotilla/kernel';
import type { LlamaModel, LlamaRankingContext } from 'node-llama-cpp';
import type { EngineSpec, Ranking } from '../../engine.ts';
import { createSideContext, type SideContext } from '../side-context.ts';

export interface Ranker {
  readonly side: SideContext<LlamaRankingContext>;
  rank(input: { query: string; documents: readonly string[] }, signal: AbortSignal): Promise<Ranking>;
}

/** Scores between 0 and 1, for a model that has the head for it; any other is refused by name. */
export function createRanker(model: LlamaModel, spec: EngineSpec, compute: OneAtATime): Ranker {
  const contextSize = Math.min(spec.contextTokens, model.trainContextSize);
  const inTurn = oneAtATime();
  let asked = 0;
  // A pair must be read in one batch: the head looks at all of it.
  const size = { contextSize, batchSize: contextSize };
  const side = createSideContext({
    model,
    spec,
    compute,
    ...size,
    isEmbedding: true,
    create: () => model.createRankingContext({ ...size, threads: spec.threads }),
    dispose: (context) => context.dispose(),
    isBusy: () => asked > 0,
  });

  async function run(query: string, documents: readonly string[], signal: AbortSignal): Promise<Ranking> {
    const ranking = await side.open();
    const lengths = documents.map((document) => ranking.calculateInputLength(query, document));
    for (const [index, length] of lengths.entries()) refuseLength(length, contextSize, index);
    const scores: number[] = [];
    for (const document of documents) {
      signal.throwIfAborted();
      scores.push(await compute(() => ranking.rank(query, document)));
    }
    return { scores, tokens: lengths.reduce((sum, length) => sum + length, 0) };
  }

  return {
    side,
    rank({ query, documents }, signal) {
      if (!model.fileInsights.supportsRanking)
        return Promise.reject(unsupported('The model is no reranker: it has no head that scores.'));
      if (spec.adapter !== undefined)
        return Promise.reject(unsupported('The engine ranks without an adapter, and this release has one.'));
      const work = (): Promise<Ranking> => run(query, documents, signal);
      asked += 1;
      return inTurn(work).finally(() => (asked -= 1));
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
