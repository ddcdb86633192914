import type { SuiteItem } from '@flotilla/starter-models';
import { getLlama } from 'node-llama-cpp';
import { answerQuestions } from './answer-questions.ts';
import { isRight } from './is-right.ts';
import { tally, tallyBy, type Tally } from './tally.ts';

export type Score = Tally & {
  bySkill: Record<string, Tally>;
  byLanguage: Record<string, Tally>;
  promptTokens: number;
  generatedTokens: number;
  seconds: number;
  wrong: { id: string; expected: unknown; got: string }[];
};

/** Asks a model every item and counts exact matches. One thread, greedy, no grammar: what the model itself knows. */
export async function scoreSuite({
  modelPath,
  items,
  maxTokens,
  onProgress,
}: {
  modelPath: string;
  items: readonly SuiteItem[];
  /** See `answerQuestions`. */
  maxTokens?: number;
  onProgress?: (done: number, total: number) => void;
}): Promise<Score> {
  const llama = await getLlama({ gpu: false, build: 'never', maxThreads: 1 });
  try {
    const model = await llama.loadModel({ modelPath });
    const startedAt = performance.now();
    const answers = await answerQuestions({ model, questions: items, maxTokens, onProgress });
    const seconds = (performance.now() - startedAt) / 1000;
    const results = items.map((item, index) => {
      const answer = answers[index]!;
      return { item, answer, correct: isRight(answer.text, item.expected) };
    });
    const isCorrect = (result: (typeof results)[number]): boolean => result.correct;
    return {
      ...tally(results.map(isCorrect)),
      bySkill: tallyBy(results, { key: ({ item }) => item.skill, isCorrect }),
      byLanguage: tallyBy(results, { key: ({ item }) => item.language, isCorrect }),
      promptTokens: answers.reduce((sum, answer) => sum + answer.promptTokens, 0),
      generatedTokens: answers.reduce((sum, answer) => sum + answer.generatedTokens, 0),
      seconds,
      wrong: results
        .filter((result) => !result.correct)
        .map(({ item, answer }) => ({ id: item.id, expected: item.expected.value, got: answer.text })),
    };
  } finally {
    await llama.dispose();
  }
}
