import { fakeClock } from '@flotilla/testkit';
import { describe, expect, it } from 'vitest';
import { collectGeneration } from './collect.ts';
import type { Deployment } from './deployment.ts';
import { createServices, type Services } from './services.ts';
import type { RequestFinished } from './serving-events.ts';
import { askFor, createFakeEngines, failureOf, type FakeEngineOptions } from './testing/index.ts';

const DEPLOYMENT: Deployment = {
  id: 'one',
  service: 'assistant',
  variant: 'model-one',
  variantDigest: 'one',
  defaults: { systemPrompt: 'Be brief.' },
  spec: {
    modelPath: 'one',
    modelDigest: 'one',
    contextTokens: 64,
    sequences: 1,
    batchTokens: 8,
    threads: 1,
    gpu: 'off',
    kvCacheType: 'f16',
  },
};

async function setUp(options: FakeEngineOptions = {}, spec: Partial<Deployment['spec']> = {}) {
  const clock = fakeClock();
  const engines = createFakeEngines(options);
  const services = createServices({
    startEngine: engines.startEngine,
    clock,
    random: () => 1,
    queueLimit: 4,
  });
  const finished: RequestFinished[] = [];
  services.events.on('request-finished', (request) => finished.push(request));
  await services.activate(
    { ...DEPLOYMENT, spec: { ...DEPLOYMENT.spec, ...spec } },
    { signal: new AbortController().signal },
  );
  return { clock, engines, services, finished };
}

const call = (changes: { deadlineMs?: number; model?: string; signal?: AbortSignal } = {}) => ({
  model: 'assistant',
  key: 'local',
  signal: new AbortController().signal,
  ...changes,
});

const ask = (services: Services, text: string, changes: Parameters<typeof call>[0] = {}) =>
  services.generate({ ...call(changes), request: askFor(text) });

describe('a deadline', () => {
  it('ends a running answer with what it came to, and frees the engine', async () => {
    const { services, engines, clock, finished } = await setUp({ holdAfter: 2 });
    const { events } = ask(services, 'one two three', { deadlineMs: 5_000 });
    for (const kind of ['started', 'text', 'text'])
      expect((await events.next()).value).toMatchObject({ kind });
    const late = failureOf(collectGeneration(events));
    await clock.advance(5_000);
    expect(await late).toMatchObject({
      code: 'timeout',
      details: { deadlineMs: 5_000, tokensProduced: 2 },
    });
    expect([engines.latest().running, services.served()[0]?.running]).toEqual([0, 0]);
    expect(finished).toMatchObject([{ outcome: 'failed', code: 'timeout', tokensOut: 2 }]);
  });

  it('takes a request that waits out of the queue', async () => {
    const { services, engines, clock } = await setUp({ startHeld: true });
    const running = collectGeneration(ask(services, 'first').events);
    const late = failureOf(collectGeneration(ask(services, 'second', { deadlineMs: 5_000 }).events));
    await clock.advance(5_000);
    expect((await late).code).toBe('timeout');
    expect(services.served()[0]?.queued).toBe(0);
    engines.latest().resume();
    expect((await running).text).toBe('first');
  });

  it('refuses at once what would wait longer, with the time until it would not', async () => {
    const { services, engines, clock } = await setUp({ startHeld: true });
    const running = collectGeneration(ask(services, 'first').events);
    await clock.advance(8_000);
    expect(await failureOf((async () => ask(services, 'second', { deadlineMs: 3_000 }))())).toMatchObject({
      code: 'deadline-too-short',
      details: { queuePosition: 1, retryAfterMs: 5_000, deadlineMs: 3_000 },
    });
    const patient = ask(services, 'third', { deadlineMs: 60_000 });
    expect(patient.queuePosition).toBe(1);
    engines.latest().resume();
    await running;
    expect((await collectGeneration(patient.events)).text).toBe('third');
  });

  it('does nothing after the answer came, nor to one who left before it', async () => {
    const { services, clock, engines } = await setUp();
    expect((await collectGeneration(ask(services, 'quick', { deadlineMs: 5_000 }).events)).text).toBe(
      'quick',
    );
    engines.latest().hold();
    const leaving = new AbortController();
    const left = failureOf(
      collectGeneration(ask(services, 'gone', { deadlineMs: 5_000, signal: leaving.signal }).events),
    );
    leaving.abort();
    expect((await left).code).toBe('aborted');
    await clock.advance(10_000);
    expect(services.served()[0]).toMatchObject({ queued: 0, running: 0 });
  });
});

describe('the other verbs of a service', () => {
  it('give vectors and scores in turn with generations, and count them', async () => {
    const { services, engines, finished } = await setUp({ info: { isReranker: true }, startHeld: true });
    const generation = ask(services, 'first');
    const vectors = services.embed({ ...call(), inputs: ['hello there', 'x'] });
    expect(services.served()[0]).toMatchObject({ running: 1, queued: 1 });
    engines.latest().resume();
    await collectGeneration(generation.events);
    expect(await vectors).toMatchObject({
      tokens: 3,
      service: 'assistant',
      queuePosition: 1,
      ranOn: { variantDigest: 'one' },
    });
    expect(
      (await services.rank({ ...call(), query: 'red door', documents: ['a red door', 'a lamp'] })).scores,
    ).toEqual([1, 0]);
    await expect
      .poll(() => finished.map(({ tokensIn, tokensOut }) => [tokensIn, tokensOut]))
      .toEqual([
        [3, 1],
        [3, 0],
        [7, 0],
      ]);
  });

  it('are run again on the next engine when one died under them', async () => {
    const { services, engines } = await setUp({ startHeld: true });
    const vectors = services.embed({ ...call(), inputs: ['hello'] });
    await expect.poll(() => services.served()[0]?.running).toBe(1);
    engines.latest().crash();
    await expect.poll(() => engines.started.length).toBe(2);
    engines.latest().resume();
    expect((await vectors).vectors).toHaveLength(1);
  });

  it('pass the engine’s refusal on', async () => {
    const { services } = await setUp();
    expect((await failureOf(services.rank({ ...call(), query: 'x', documents: ['y'] }))).code).toBe(
      'unsupported-parameter',
    );
  });

  it('pass the queue by where they read nothing with the model', async () => {
    const { services, engines } = await setUp({ startHeld: true });
    const generation = ask(services, 'first');
    expect(await services.tokenize({ ...call(), text: 'ab' })).toEqual([97, 98]);
    expect(await services.detokenize({ ...call(), tokens: [97, 98] })).toBe('ab');
    engines.latest().resume();
    await collectGeneration(generation.events);
  });

  it('show the prompt as a generation would see it, with the release’s system prompt', async () => {
    const { services } = await setUp();
    const request = { messages: askFor('hi').messages, tools: [] };
    expect(await services.renderPrompt({ ...call(), request })).toBe('system: Be brief.\nuser: hi\n');
    expect(await services.countTokens({ ...call(), request })).toBe(3);
  });

  it('wait for an engine that is being started again', async () => {
    const { services, engines } = await setUp();
    engines.latest().crash();
    expect(await services.tokenize({ ...call(), text: 'a' })).toEqual([97]);
    expect(engines.started.length).toBe(2);
  });
});

describe('the name of a service', () => {
  it('with @base asks for the model without its adapter', async () => {
    const seen: (boolean | undefined)[] = [];
    const { services } = await setUp({
      answer: ({ adapter }) => {
        seen.push(adapter);
        return ['ok'];
      },
    });
    for (const model of ['assistant', 'assistant@base', 'model-one@base'])
      await collectGeneration(ask(services, 'x', { model }).events);
    expect(seen).toEqual([undefined, false, false]);
    expect((await failureOf((async () => ask(services, 'x', { model: 'gpt@base' }))())).code).toBe(
      'not-found',
    );
  });

  it('with and without an adapter has answers of two fingerprints, and vectors of one', async () => {
    const { services } = await setUp({}, { adapter: { path: 'a', digest: 'ad', scale: 0.5 } });
    const fingerprintOf = async (model: string) => {
      const answer = ask(services, 'x', { model });
      await collectGeneration(answer.events);
      return answer.fingerprint();
    };
    expect(await fingerprintOf('assistant')).toBe('one+ad*0.5');
    expect(await fingerprintOf('assistant@base')).toBe('one');
    const vectors = (model: string) => services.embed({ ...call(), model, inputs: ['x'] });
    expect((await vectors('assistant')).vectors).toHaveLength(1);
    expect((await failureOf(vectors('assistant@base'))).details).toMatchObject({ field: 'model' });
  });
});
