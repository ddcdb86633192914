import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeTinyModel, type TinyModel } from '../test/tiny-model.ts';
import { tuneThreads } from './tune-threads.ts';
import { failureOf } from './testing/index.ts';

let model: TinyModel;
beforeAll(async () => {
  model = await writeTinyModel();
});
afterAll(() => model.remove());

it('measures every setting up to the usable cores and names one of them', async () => {
  const tuning = await tuneThreads({
    modelPath: model.path,
    gpu: 'off',
    usableCores: 2,
    budgetMs: 400,
    signal: new AbortController().signal,
  });
  expect(tuning.table[0]?.threads).toBe(1);
  expect(tuning.table.every((row) => row.tokensPerSecond > 0)).toBe(true);
  expect(tuning.table.map((row) => row.threads)).toContain(tuning.best);
});

it('says why a model could not be measured', async () => {
  const tuning = tuneThreads({
    modelPath: '/nowhere.gguf',
    gpu: 'off',
    usableCores: 1,
    signal: new AbortController().signal,
  });
  expect((await failureOf(tuning)).code).toBe('load-failed');
});
