import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeTinyModel, type TinyModel } from '../test/tiny-model.ts';
import { collectGeneration } from './collect.ts';
import { startForkedEngine } from './forked-engine.ts';
import { askFor } from './testing/index.ts';

const VOCABULARY = 100_000;

let model: TinyModel;
beforeAll(async () => {
  model = await writeTinyModel('tiny', { vocabularySize: VOCABULARY });
});
afterAll(() => model.remove());

it('does not grow with every request by a table of its whole vocabulary', async () => {
  const { signal } = new AbortController();
  const engine = await startForkedEngine(model.spec(), { signal });
  const ask = async (requests: number): Promise<number> => {
    // Long enough for their samplers to grow old: the young are collected in passing.
    for (let asked = 0; asked < requests; asked += 4)
      await Promise.all(
        ['a', 'b', 'c', 'd'].map((door) =>
          collectGeneration(engine.generate(askFor(`open door ${door} ${asked}`, 40), { signal })),
        ),
      );
    return (await engine.stats()).rssBytes;
  };
  const early = await ask(40);
  const late = await ask(120);
  // A table is 1.2 MB: 120 of them would be 144.
  expect(late - early).toBeLessThan((120 * VOCABULARY * 12) / 4);
  await engine.stop();
});
