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
  const digests = new Map(
    await Promise.all(suites.map(async ({ name, path }) => [name, await sha256(path)] as const)),
  );
  const isSame = (score: SuiteScore, suite: Suite, model: StarterModel): boolean =>
    score.suite === suite.name &&
    score.suiteSha256 === digests.get(suite.name) &&
    score.modelSha256 === model.sha256;
  const runs = suites.flatMap((suite) =>
    models.map((model) => ({ suite, model, score: known.find((score) => isSame(score, suite, model)) })),
  );
  const scores = (): SuiteScore[] => runs.flatMap(({ score }) => score ?? []);
  for (const run of runs) {
    if (run.score) continue;
    const { suite, model } = run;
    const { items, correct, accuracy, low, high, bySkill, byLanguage } = await scoreSuite({
      modelPath: model.path,
      items: readSuite(suite),
      onProgress: onProgress(`${model.variant} ${suite.name}`),
    });
    run.score = {
      variant: model.variant,
      suite: suite.name,
      items,
      correct,
      accuracy,
      low,
      high,
      bySkill,
      byLanguage,
      modelSha256: model.sha256,
      suiteSha256: digests.get(suite.name) ?? '',
    };
    await onScore(scores());
  }
  return scores();
}

async function sha256(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
