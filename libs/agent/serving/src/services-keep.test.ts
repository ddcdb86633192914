import { fakeClock } from '@flotilla/testkit';
import { describe, expect, it } from 'vitest';
import { collectGeneration } from './collect.ts';
import type { Deployment } from './deployment.ts';
import { createServices } from './services.ts';
import { askFor, createFakeEngines, FAKE_SPEC } from './testing/index.ts';

const MINUTE_MS = 60_000;
const signal = (): AbortSignal => new AbortController().signal;

const DEPLOYMENT: Deployment = {
  id: 'one',
  service: 'assistant',
  variant: 'model',
  variantDigest: 'ab12',
  defaults: {},
  spec: FAKE_SPEC,
};

async function setUp(changes: Partial<Deployment> = {}) {
  const clock = fakeClock();
  const engines = createFakeEngines();
  const services = createServices({ startEngine: engines.startEngine, clock, random: () => 1 });
  await services.activate({ ...DEPLOYMENT, ...changes }, { signal: signal() });
  const ask = async (keepForMs?: number): Promise<string> => {
    const request = askFor('hello');
    const call = { model: 'assistant', key: 'local', signal: signal(), request, keepForMs };
    return (await collectGeneration(services.generate(call).events)).text;
  };
  const state = () => services.deployments()[0];
  const stage = () => state()?.stage;
  /** In how many milliseconds it is to be unloaded. */
  const left = () => {
    const at = state()?.unloadsAt;
    return at === undefined ? undefined : at - clock.now();
  };
  return { clock, engines, services, ask, stage, left };
}

describe('a model whose caller says how long it stays loaded', () => {
  it('is unloaded so long after its last use, and not before', async () => {
    const { clock, ask, stage, left } = await setUp();
    await ask(5 * MINUTE_MS);
    await clock.advance(4 * MINUTE_MS);
    expect(left()).toBe(MINUTE_MS);
    await ask(5 * MINUTE_MS);
    await clock.advance(4 * MINUTE_MS);
    expect(stage()).toBe('serving');
    await clock.advance(MINUTE_MS);
    expect(stage()).toBe('sleeping');
    expect(left()).toBeUndefined();
  });

  it('is unloaded at once where it says 0, and woken by the next request', async () => {
    const { clock, ask, stage } = await setUp();
    expect(await ask(0)).toBe('hello');
    await clock.advance(0);
    expect(stage()).toBe('sleeping');
    expect(await ask()).toBe('hello');
    expect(stage()).toBe('serving');
  });

  it('stays where the last one who used it says nothing, or for ever', async () => {
    for (const last of [undefined, Infinity]) {
      const { clock, ask, stage, left } = await setUp();
      await ask(MINUTE_MS);
      await ask(last);
      await clock.advance(24 * 60 * MINUTE_MS);
      expect([stage(), left()]).toEqual(['serving', undefined]);
    }
  });

  it('stays where its release keeps it loaded, and says so', async () => {
    const { clock, services, ask, stage, left } = await setUp({ keepLoaded: true });
    await ask(0);
    expect(await services.unload({ model: 'assistant' })).toBe('kept');
    await clock.advance(MINUTE_MS);
    expect([stage(), left()]).toEqual(['serving', undefined]);
  });

  it('answers what runs and what waits before it goes', async () => {
    const { clock, engines, services, ask, stage, left } = await setUp();
    engines.latest().hold();
    const asked = [ask(MINUTE_MS), ask(MINUTE_MS), ask(MINUTE_MS)];
    await expect.poll(() => engines.latest().running).toBe(2);
    await clock.advance(10 * MINUTE_MS);
    expect(left()).toBe(MINUTE_MS);
    expect(await services.unload({ model: 'assistant' })).toBe('busy');
    engines.latest().resume();
    expect(await Promise.all(asked)).toEqual(['hello', 'hello', 'hello']);
    await clock.advance(MINUTE_MS);
    expect(stage()).toBe('sleeping');
  });

  it('answers a request that comes while it leaves', async () => {
    const { services, ask, stage, engines } = await setUp();
    const leaving = services.unload({ model: 'assistant' });
    expect(await ask()).toBe('hello');
    await leaving;
    expect(stage()).toBe('serving');
    expect(engines.started.filter(({ hasExited }) => !hasExited)).toHaveLength(1);
  });

  it('answers with its next engine while the last one takes its time to end', async () => {
    const { services, ask, engines } = await setUp();
    const old = engines.latest();
    const gone = Promise.withResolvers<void>();
    const stop = old.stop.bind(old);
    old.stop = () => gone.promise.then(stop);
    const leaving = services.unload({ model: 'assistant' });
    let answered = false;
    const answer = ask().then((text) => ((answered = true), text));
    await new Promise((resolve) => setImmediate(resolve));
    expect([answered, old.running]).toEqual([false, 0]);
    gone.resolve();
    await leaving;
    expect([await answer, engines.started.length]).toEqual(['hello', 2]);
  });

  it('is not woken to be unloaded, and is loaded where nothing else is asked for', async () => {
    const { clock, services, stage, engines } = await setUp();
    expect(await services.unload({ model: 'assistant' })).toBe('asleep');
    expect(await services.unload({ model: 'assistant' })).toBe('asleep');
    expect(engines.started).toHaveLength(1);
    await services.preload({ model: 'assistant', signal: signal(), keepForMs: MINUTE_MS });
    expect(stage()).toBe('serving');
    await clock.advance(MINUTE_MS);
    expect(stage()).toBe('sleeping');
  });

  it('goes a minute after it may, where its time was over while it was being changed', async () => {
    const { clock, services, ask, stage, left } = await setUp();
    await ask(MINUTE_MS);
    await services.prepare({ ...DEPLOYMENT, id: 'two' }, { signal: signal() });
    await clock.advance(10 * MINUTE_MS);
    expect([stage(), left()]).toEqual(['serving', MINUTE_MS]);
    await services.drain('two', { deadlineMs: 0 });
    await clock.advance(MINUTE_MS);
    expect([stage(), left()]).toEqual(['sleeping', undefined]);
  });
});
