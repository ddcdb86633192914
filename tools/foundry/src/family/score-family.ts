import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { StarterModel, Suite, SuiteScore } from '@flotilla/starter-models';
import { readSuite } from '@flotilla/starter-models';
import { scoreSuite } from '../score/score-suite.ts';

/**
 * Scores every model on every suite. A score in `known` whose model and suite have not changed is kept.
 *
 * `onScore` is called with all scores so far after each new one, so that an interrupted run loses one at most.
 */
export async function scoreFamily({
  models,
  suites,
  known,
  onScore,
  onProgress,
}: {
  models: readonly StarterModel[];
  suites: readonly Suite[];
  known: readonly SuiteScore[];
  onScore: (scores: readonly SuiteScore[]) => Promise<void>;
  onProgress: (label: string) => (done: number, total: number) => void;
}): Promise<SuiteScore[]> {
  const scores: SuiteScore[] = [];
  for (const suite of suites) {
    const suiteSha256 = createHash('sha256')
      .update(await readFile(suite.path))
      .digest('hex');
    const items = readSuite(suite);
    for (const { variant, sha256, path } of models) {
      const same = known.find(
        (score) =>
          score.suite === suite.name && score.modelSha256 === sha256 && score.suiteSha256 === suiteSha256,
      );
      if (same) {
        scores.push(same);
        continue;
      }
      const result = await scoreSuite({
        modelPath: path,
        items,
        onProgress: onProgress(`${variant} ${suite.name}`),
      });
      const { items: count, correct, accuracy, low, high, bySkill, byLanguage } = result;
      scores.push({
        variant,
        suite: suite.name,
        items: count,
        correct,
        accuracy,
        low,
        high,
        bySkill,
        byLanguage,
        modelSha256: sha256,
        suiteSha256,
      });
      await onScore(scores);
    }
  }
  return scores;
}
