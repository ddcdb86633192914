import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeTinyModel, type TinyModel } from '../test/tiny-model.ts';
import { collectGeneration } from './collect.ts';
import type { EngineSpec } from './engine.ts';
import { startForkedEngine } from './forked-engine.ts';
import { askFor } from './testing/index.ts';

let model: TinyModel;
const { signal } = new AbortController();
beforeAll(async () => {
  model = await writeTinyModel();
});
afterAll(() => model.remove());

async function answerWith(changes: Partial<EngineSpec>) {
  const engine = await startForkedEngine(model.spec(changes), { signal });
  try {
    const { text } = await collectGeneration(engine.generate(askFor('the door', 12), { signal }));
    return { text, threads: (await engine.stats()).threads };
  } finally {
    await engine.stop();
  }
}

it('an engine that may use more threads later begins with those it was given, to the same text', async () => {
  const fixed = await answerWith({ threads: 1 });
  const free = await answerWith({ threads: 1, threadsLimit: 2 });
  expect(fixed.threads).toBe(1);
  expect(free).toEqual(fixed);
});
