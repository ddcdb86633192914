import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeTinyModel, type TinyModel } from '../test/tiny-model.ts';
import type { Engine } from './engine.ts';
import { startForkedEngine } from './forked-engine.ts';
import { askFor } from './testing/index.ts';

let model: TinyModel;
let engine: Engine;
const { signal } = new AbortController();
beforeAll(async () => {
  model = await writeTinyModel();
  engine = await startForkedEngine(model.spec({ contextTokens: 2_048 }), { signal });
});
afterAll(async () => {
  await engine.stop();
  await model.remove();
});

const LONG = 'the lamp in the hall is red and the door is open '.repeat(16);

/** Runs requests, each begun by an event of another; who said what when, in the order of the engine's steps. */
async function follow(options: {
  streaming: { text: string; maxTokens: number };
  then: { name: string; text: string; priority?: number }[];
}): Promise<{ order: string[]; promptTokens: Map<string, number> }> {
  const order: string[] = [];
  const promptTokens = new Map<string, number>();
  const run = async (
    name: string,
    text: string,
    maxTokens: number,
    priority?: number,
    onFirst?: () => void,
  ) => {
    const request = { ...askFor(text, maxTokens), ...(priority === undefined ? {} : { priority }) };
    for await (const event of engine.generate(request, { signal })) {
      if (event.kind === 'started') promptTokens.set(name, event.promptTokens - event.cachedTokens);
      if (event.kind !== 'text') continue;
      order.push(...Array<string>(event.tokens).fill(name));
      onFirst?.();
      onFirst = undefined;
    }
  };
  const begun: Promise<void>[] = [];
  const { streaming, then } = options;
  await run('streaming', streaming.text, streaming.maxTokens, undefined, () => {
    for (const { name, text, priority } of then) begun.push(run(name, text, 2, priority));
  });
  await Promise.all(begun);
  return { order, promptTokens };
}

describe('a long prompt beside others', () => {
  it('holds no live stream up for more than a quarter of a batch', async () => {
    const { order, promptTokens } = await follow({
      streaming: { text: 'a stream that goes on', maxTokens: 200 },
      then: [{ name: 'long', text: `first ${LONG}` }],
    });
    const largest = Math.max(16, engine.info.batchTokens / 4);
    const between = order.slice(0, order.indexOf('long')).length;
    expect(promptTokens.get('long')).toBeGreaterThan(engine.info.batchTokens * 2);
    expect(between).toBeGreaterThanOrEqual(Math.floor((promptTokens.get('long') ?? 0) / largest));
  });

  it('does not keep a short prompt behind it from its first token', async () => {
    const { order } = await follow({
      streaming: { text: 'another stream that goes on', maxTokens: 200 },
      then: [
        { name: 'long', text: `second ${LONG}` },
        { name: 'short', text: 'a short one' },
      ],
    });
    expect(order.indexOf('short')).toBeGreaterThan(0);
    expect(order.indexOf('short')).toBeLessThan(order.indexOf('long'));
  });

  it('is read first when its priority is higher', async () => {
    const { order } = await follow({
      streaming: { text: 'a third stream that goes on', maxTokens: 200 },
      then: [
        { name: 'plain', text: `third ${LONG}` },
        { name: 'urgent', text: `fourth ${LONG}`, priority: 5 },
      ],
    });
    expect(order.indexOf('urgent')).toBeGreaterThan(0);
    expect(order.indexOf('urgent')).toBeLessThan(order.indexOf('plain'));
  });
});
