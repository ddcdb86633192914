import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { writeSynthModel } from '@flotilla/foundry';
import { getLlama, LlamaGrammarEvaluationState, LlamaLogLevel, type Llama } from 'node-llama-cpp';

export interface Completion {
  readonly text: string;
  /** The model ended it; otherwise the budget did. */
  readonly stopped: boolean;
}

export interface RandomModel {
  readonly llama: Llama;
  complete(
    gbnf: string,
    options: { temperature: number; seed: number; mostTokens: number },
  ): Promise<Completion>;
  dispose(): Promise<void>;
}

/** A model with random weights: what it writes under a grammar is decided by the grammar alone. */
export async function loadRandomModel(): Promise<RandomModel> {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-grammar-'));
  const modelPath = join(folder, 'tiny.gguf');
  await writeSynthModel({ shape: 'tiny', quant: 'f16', path: modelPath });
  const llama = await getLlama({ gpu: false, build: 'never', logLevel: LlamaLogLevel.error });
  const model = await llama.loadModel({ modelPath });
  const context = await model.createContext({ contextSize: 1_024, threads: 1 });
  /** Control tokens count with their text: the grammar took them for it. */
  const textOf = (tokens: readonly number[]): string =>
    model.detokenize(tokens as Parameters<typeof model.detokenize>[0], true);
  return {
    llama,
    async complete(gbnf, { temperature, seed, mostTokens }) {
      const grammar = await llama.createGrammar({ grammar: gbnf });
      const sequence = context.getSequence();
      const tokens: number[] = [];
      try {
        const output = sequence.evaluate(model.tokenize('answer '), {
          temperature,
          seed,
          grammarEvaluationState: new LlamaGrammarEvaluationState({ model, grammar }),
          yieldEogToken: true,
        });
        for await (const token of output) {
          if (model.isEogToken(token)) return { text: textOf(tokens), stopped: true };
          if (tokens.length === mostTokens) break;
          tokens.push(token);
        }
        return { text: textOf(tokens), stopped: false };
      } finally {
        await sequence.dispose();
      }
    },
    async dispose() {
      await llama.dispose();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
