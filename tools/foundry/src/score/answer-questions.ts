import type { LlamaContextSequence, LlamaModel, Token } from 'node-llama-cpp';
import { createPromptRenderer, type Question } from './render-prompt.ts';

const CONTEXT_TOKENS = 2048;

export type Answer = { text: string; promptTokens: number; generatedTokens: number };

type Live = {
  index: number;
  sequence: LlamaContextSequence;
  steps: AsyncIterator<Token>;
  tokens: Token[];
  promptTokens: number;
};

/**
 * Answers every question greedily, in the order given.
 *
 * `sequences` of them at a time, one step of all together: batches stay whole, which is what makes a tiny model
 * fast on one thread.
 */
export async function answerQuestions({
  model,
  questions,
  sequences = 16,
  maxTokens = 256,
  onProgress,
}: {
  model: LlamaModel;
  questions: readonly Question[];
  sequences?: number;
  /** Longest answer; a longer one is cut. Default 256. */
  maxTokens?: number;
  onProgress?: (done: number, total: number) => void;
}): Promise<Answer[]> {
  const renderPrompt = createPromptRenderer(model);
  const context = await model.createContext({
    sequences,
    contextSize: CONTEXT_TOKENS,
    batchSize: 1024,
    threads: 1,
  });
  const answers: Answer[] = [];
  const waiting = [...questions.keys()].reverse();
  const free = Array.from({ length: sequences }, () => context.getSequence());
  let live: Live[] = [];
  let done = 0;
  try {
    for (;;) {
      while (free.length > 0 && waiting.length > 0) live.push(begin(waiting.pop()!, free.pop()!));
      if (live.length === 0) return answers;
      const steps = await Promise.all(live.map(({ steps }) => steps.next()));
      const ended: Live[] = [];
      for (const [position, step] of steps.entries()) {
        const run = live[position]!;
        if (!step.done) run.tokens.push(step.value);
        if (step.done || run.tokens.length === maxTokens) ended.push(run);
      }
      for (const run of ended) {
        await finish(run);
        onProgress?.(++done, questions.length);
      }
      live = live.filter((run) => !ended.includes(run));
    }
  } finally {
    await context.dispose();
  }

  function begin(index: number, sequence: LlamaContextSequence): Live {
    const prompt = renderPrompt(questions[index]!);
    const steps = sequence.evaluate(prompt, { temperature: 0 })[Symbol.asyncIterator]();
    return { index, sequence, steps, tokens: [], promptTokens: prompt.length };
  }

  async function finish({ index, sequence, steps, tokens, promptTokens }: Live): Promise<void> {
    await steps.return?.();
    answers[index] = { text: model.detokenize(tokens), promptTokens, generatedTokens: tokens.length };
    await sequence.clearHistory();
    free.push(sequence);
  }
}
