import { readFile } from 'node:fs/promises';
import { fakeClock } from '@flotilla/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { passUntil } from '../test/pass-until.ts';
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
  expect(tuning.table.every((row) => row.tokensPerSecond > 0 && (row.promptTokensPerSecond ?? 0) > 0)).toBe(
    true,
  );
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

it('gives up a measurement that stands still', async () => {
  const clock = fakeClock();
  const before = await children();
  const options = { modelPath: model.path, gpu: 'off', usableCores: 1, clock } as const;
  const tuning = failureOf(tuneThreads({ ...options, signal: new AbortController().signal }));
  for (const pid of await children()) if (!before.includes(pid)) process.kill(pid, 'SIGSTOP');
  let given = false;
  const coming = tuning.finally(() => (given = true));
  await passUntil(() => given, clock);
  expect((await coming).code).toBe('timeout');
});

async function children(): Promise<number[]> {
  const list = await readFile(`/proc/self/task/${process.pid}/children`, 'utf8');
  return list.trim().split(' ').map(Number);
}
