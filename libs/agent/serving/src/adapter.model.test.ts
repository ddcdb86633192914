import { readFile, writeFile } from 'node:fs/promises';
import { writeSynthAdapter } from '@flotilla/foundry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeTinyModel, type TinyModel } from '../test/tiny-model.ts';
import { collectGeneration } from './collect.ts';
import type { Engine, EngineSpec } from './engine.ts';
import { startForkedEngine } from './forked-engine.ts';
import { askFor, failureOf } from './testing/index.ts';

const signal = (): AbortSignal => new AbortController().signal;

let model: TinyModel;
let adapter: NonNullable<EngineSpec['adapter']>;
let plain: Engine;
let adapted: Engine;
beforeAll(async () => {
  model = await writeTinyModel();
  adapter = { path: `${model.path}.lora`, digest: 'ad', scale: 1 };
  await writeSynthAdapter({ shape: 'tiny', path: adapter.path });
  plain = await startForkedEngine(model.spec(), { signal: signal() });
  adapted = await startForkedEngine(model.spec({ adapter }), { signal: signal() });
});
afterAll(async () => {
  await plain.stop();
  await adapted.stop();
  await model.remove();
});

const say = async (engine: Engine, text: string, adapter?: boolean) =>
  (await collectGeneration(engine.generate({ ...askFor(text, 24), adapter }, { signal: signal() }))).text;

describe('an adapter', () => {
  it('changes what the model says', async () => {
    expect([plain.info.hasAdapter, adapted.info.hasAdapter]).toEqual([false, true]);
    expect(await say(adapted, 'tell me')).not.toBe(await say(plain, 'tell me'));
  });

  it('is left out for a request that asks so, while others run with it', async () => {
    const texts = ['open the door', 'count the stock', 'report a fault'];
    const expected: [string, string][] = [];
    for (const text of texts) expected.push([await say(adapted, text), await say(plain, text)]);
    const together = await Promise.all(
      texts.map((text) => Promise.all([say(adapted, text), say(adapted, text, false)])),
    );
    expect(together).toEqual(expected);
    expect((await adapted.stats()).running).toBe(0);
  });

  it('is applied as strongly as its scale says', async () => {
    const faint = await startForkedEngine(model.spec({ adapter: { ...adapter, scale: 1e-6 } }), {
      signal: signal(),
    });
    try {
      expect(await say(faint, 'tell me')).toBe(await say(plain, 'tell me'));
    } finally {
      await faint.stop();
    }
  });

  it('changes vectors too', async () => {
    const vector = async (engine: Engine) =>
      (await engine.embed({ inputs: ['tell me'] }, { signal: signal() })).vectors[0];
    expect(await vector(adapted)).not.toEqual(await vector(plain));
  });

  it('is not left out where the second context would take more than is allowed', async () => {
    const tight = await startForkedEngine(model.spec({ adapter, sideLimitBytes: 1 }), { signal: signal() });
    try {
      expect(await say(tight, 'tell me')).toBe(await say(adapted, 'tell me'));
      const failure = await failureOf(say(tight, 'tell me', false));
      expect(failure.code).toBe('did-not-fit');
      // Before memory is asked for: no other service is to sleep for what is refused.
      expect((await failureOf(tight.sideBytes('base'))).code).toBe('did-not-fit');
    } finally {
      await tight.stop();
    }
  });

  it('that ends the process is a failed load of that engine and of no other', async () => {
    const hostile = `${model.path}.hostile`;
    const bytes = await readFile(adapter.path);
    // A whole number where llama.cpp asserts a float: it aborts, and nothing can catch that.
    const key = Buffer.from('adapter.lora.alpha');
    bytes.writeUInt32LE(4, bytes.indexOf(key) + key.length);
    await writeFile(hostile, bytes);
    const failure = await failureOf(
      startForkedEngine(model.spec({ adapter: { ...adapter, path: hostile } }), { signal: signal() }),
    );
    expect(failure.code).toBe('load-failed');
    expect(JSON.stringify(failure.details)).toContain('GGML_ASSERT');
    expect(await say(adapted, 'tell me')).not.toBe(await say(plain, 'tell me'));
  });

  it('that there is none of is left out by every request', async () => {
    expect(await say(plain, 'tell me', false)).toBe(await say(plain, 'tell me'));
  });

  it('is left out until its caller leaves', async () => {
    const cancel = new AbortController();
    const request = { ...askFor('on and on', 400), adapter: false };
    const failure = failureOf(
      (async () => {
        for await (const event of adapted.generate(request, { signal: cancel.signal }))
          if (event.kind === 'text') cancel.abort();
      })(),
    );
    expect((await failure).code).toBe('aborted');
    expect(await say(adapted, 'tell me', false)).toBe(await say(plain, 'tell me'));
  });

  it('of another model is refused with the reason', async () => {
    const wrong = `${model.path}.wrong`;
    await writeSynthAdapter({ shape: 'tiny-reranker', path: wrong });
    const failure = await failureOf(
      startForkedEngine(model.spec({ adapter: { ...adapter, path: wrong } }), { signal: signal() }),
    );
    expect(failure.code).toBe('load-failed');
  });
});
