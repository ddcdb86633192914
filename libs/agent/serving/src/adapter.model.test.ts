import { writeSynthAdapter } from '@flotilla/foundry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeTinyModel, type TinyModel } from '../test/tiny-model.ts';
import { collectGeneration } from './collect.ts';
import type { Engine } from './engine.ts';
import { startForkedEngine } from './forked-engine.ts';
import { askFor, failureOf } from './testing/index.ts';

const signal = (): AbortSignal => new AbortController().signal;

let model: TinyModel;
let adapterPath: string;
let plain: Engine;
let adapted: Engine;
beforeAll(async () => {
  model = await writeTinyModel();
  adapterPath = `${model.path}.lora`;
  await writeSynthAdapter({ shape: 'tiny', path: adapterPath });
  plain = await startForkedEngine(model.spec(), { signal: signal() });
  adapted = await startForkedEngine(model.spec({ adapterPath }), { signal: signal() });
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
      startForkedEngine(model.spec({ adapterPath: wrong }), { signal: signal() }),
    );
    expect(failure.code).toBe('load-failed');
  });
});
