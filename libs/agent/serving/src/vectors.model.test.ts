import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeTinyModel, type TinyModel } from '../test/tiny-model.ts';
import { collectGeneration } from './collect.ts';
import type { Engine } from './engine.ts';
import { startForkedEngine } from './forked-engine.ts';
import { askFor, failureOf } from './testing/index.ts';

const signal = (): AbortSignal => new AbortController().signal;

let model: TinyModel;
let engine: Engine;
beforeAll(async () => {
  model = await writeTinyModel();
  engine = await startForkedEngine(model.spec({ contextTokens: 1024 }), { signal: signal() });
});
afterAll(async () => {
  await engine.stop();
  await model.remove();
});

const embed = (...inputs: (string | number[])[]) => engine.embed({ inputs }, { signal: signal() });
const cosine = (left: readonly number[] = [], right: readonly number[] = []): number =>
  left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0);

describe('embed', () => {
  it('gives one vector of length 1 for each input, of the model’s own size', async () => {
    const { vectors, tokens } = await embed('open the door', 'close it', 'open the door');
    expect(vectors.map((vector) => vector.length)).toEqual(Array(3).fill(engine.info.embeddingLength));
    for (const vector of vectors) expect(Math.hypot(...vector)).toBeCloseTo(1, 10);
    expect(vectors[2]).toEqual(vectors[0]);
    expect(cosine(vectors[0], vectors[1])).toBeLessThan(0.9999);
    const counts = await Promise.all(['open the door', 'close it'].map((text) => engine.tokenize(text)));
    expect(tokens).toBe(2 * (counts[0]?.length ?? 0) + (counts[1]?.length ?? 0));
  });

  it('takes tokens as they are', async () => {
    const text = await embed('open the door');
    expect(await embed(await engine.tokenize('open the door'))).toEqual(text);
  });

  it('says that the model was not trained for it', () => {
    expect([engine.info.pooling, engine.info.isReranker]).toEqual(['none', false]);
  });

  it('means over a text that is longer than a piece of it', async () => {
    const words = await engine.tokenize('the lamp in the hall is red and the door is open '.repeat(40));
    expect(words.length).toBeGreaterThan(800);
    const long = words.slice(0, 900);
    const [whole, beginning] = (await embed(long, long.slice(0, 400))).vectors;
    // A mean over 900 tokens of which 400 are those of the beginning: near it, and not the end alone.
    expect(cosine(whole, beginning)).toBeGreaterThan(0.9);
    expect(Math.hypot(...(whole ?? []))).toBeCloseTo(1, 10);
  });

  it('serves many inputs beside generation, with one context', async () => {
    const before = (await engine.stats()).rssBytes;
    const inputs = Array.from({ length: 120 }, (_, index) => `input number ${index}`);
    const [{ vectors }, answer] = await Promise.all([
      engine.embed({ inputs }, { signal: signal() }),
      collectGeneration(engine.generate(askFor('on and on', 60), { signal: signal() })),
    ]);
    expect(new Set(vectors.map(String)).size).toBe(inputs.length);
    expect(answer.usage.completionTokens).toBe(60);
    expect((await engine.stats()).rssBytes - before).toBeLessThan(200e6);
    const alone = await collectGeneration(engine.generate(askFor('on and on', 60), { signal: signal() }));
    expect(answer.text).toBe(alone.text);
  });

  it('refuses an input over the context with both numbers, and an empty one', async () => {
    const long = Array.from({ length: 1100 }, () => 300);
    expect(await failureOf(embed('fine', long))).toMatchObject({
      code: 'context-length-exceeded',
      details: { field: 'input', index: 1, promptTokens: 1100, contextTokens: 1024 },
    });
    expect(await failureOf(embed(''))).toMatchObject({ code: 'invalid-input', details: { field: 'input' } });
    expect(await failureOf(embed([1_000_000]))).toMatchObject({
      code: 'invalid-input',
      details: { field: 'input' },
    });
  });

  it('stops for a caller who leaves, and serves the next', async () => {
    const cancel = new AbortController();
    const inputs = Array.from({ length: 2_000 }, (_, index) => `number ${index}`);
    const work = failureOf(engine.embed({ inputs }, { signal: cancel.signal }));
    cancel.abort();
    expect((await work).code).toBe('aborted');
    expect((await embed('still here')).vectors).toHaveLength(1);
  });

  it('refuses a second context that does not fit beside the one that serves', async () => {
    const wide = { contextTokens: 65_536, sequences: 1 };
    const start = (memoryLimitBytes?: number) =>
      startForkedEngine(model.spec({ ...wide, memoryLimitBytes }), { signal: signal() });
    const roomy = await start();
    const { rssBytes, contextBytes } = roomy.info;
    await roomy.stop();
    // Room for half a context more: loading varies by less, a second context is a whole one.
    const tight = await start(rssBytes + Math.round(contextBytes / 2));
    const failure = await failureOf(tight.embed({ inputs: ['x'] }, { signal: signal() }));
    await tight.stop();
    expect(failure.code).toBe('did-not-fit');
  });
});

describe('rank', () => {
  it('is refused by a model that is no reranker', async () => {
    const failure = await failureOf(
      engine.rank({ query: 'a door', documents: ['a wall', 'a door'] }, { signal: signal() }),
    );
    expect(failure).toMatchObject({ code: 'unsupported-parameter', details: { field: 'model' } });
  });

  it('scores each document between 0 and 1, the same for the same, whatever stands beside it', async () => {
    const own = await writeTinyModel('tiny-reranker');
    const reranker = await startForkedEngine(own.spec({ modelPath: own.path }), { signal: signal() });
    try {
      expect([reranker.info.isReranker, reranker.info.pooling]).toEqual([true, 'rank']);
      const rank = (query: string, ...documents: string[]) =>
        reranker.rank({ query, documents }, { signal: signal() });
      const { scores, tokens } = await rank(
        'a red door',
        'the wall is white',
        'a door, red',
        'the wall is white',
      );
      for (const score of scores) {
        expect(score).toBeGreaterThan(0);
        expect(score).toBeLessThan(1);
      }
      expect(scores[2]).toBe(scores[0]);
      expect(scores[1]).not.toBe(scores[0]);
      expect(tokens).toBeGreaterThan(20);
      expect((await rank('a red door', 'a door, red')).scores).toEqual([scores[1]]);
      expect(await failureOf(rank('q', 'fine', 'word '.repeat(600)))).toMatchObject({
        code: 'context-length-exceeded',
        details: { field: 'documents', index: 1, contextTokens: 512 },
      });
      const embedding = await failureOf(reranker.embed({ inputs: ['x'] }, { signal: signal() }));
      expect(embedding).toMatchObject({ code: 'unsupported-parameter', details: { field: 'model' } });
    } finally {
      await reranker.stop();
      await own.remove();
    }
  });
});
