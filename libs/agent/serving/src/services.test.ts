import { fakeClock } from '@flotilla/testkit';
import { describe, expect, it } from 'vitest';
import { collectGeneration } from './collect.ts';
import type { Deployment } from './deployment.ts';
import { createServices, type ServiceGeneration, type Services } from './services.ts';
import type { RequestFinished, ServingEvents } from './serving-events.ts';
import { askFor, createFakeEngines, failureOf, type FakeEngineOptions } from './testing/index.ts';

const signal = (): AbortSignal => new AbortController().signal;

function deployment(id: string, changes: Partial<Deployment> = {}): Deployment {
  return {
    id,
    service: 'assistant',
    variant: `model-${id}`,
    variantDigest: id,
    defaults: {},
    spec: {
      modelPath: id,
      modelDigest: id,
      contextTokens: 64,
      sequences: 2,
      batchTokens: 8,
      threads: 1,
      gpu: 'off',
      kvCacheType: 'f16',
    },
    ...changes,
  };
}

function setUp({ queueLimit = 8, ...engineOptions }: { queueLimit?: number } & FakeEngineOptions = {}) {
  const clock = fakeClock();
  const engines = createFakeEngines(engineOptions);
  const services = createServices({ startEngine: engines.startEngine, clock, random: () => 1, queueLimit });
  const events: {
    [Name in keyof ServingEvents]: { name: Name; payload: ServingEvents[Name] };
  }[keyof ServingEvents][] = [];
  services.events.onAny((name, payload) => events.push({ name, payload } as (typeof events)[number]));
  const finished = (): RequestFinished[] =>
    events.flatMap((event) => (event.name === 'request-finished' ? [event.payload] : []));
  return { clock, engines, services, finished, names: () => events.map((event) => event.name) };
}

function ask(
  services: Services,
  text: string,
  changes: { model?: string; key?: string; signal?: AbortSignal } = {},
): ServiceGeneration {
  return services.generate({
    model: 'assistant',
    key: 'local',
    signal: signal(),
    request: askFor(text),
    ...changes,
  });
}

const answerTo = async (services: Services, text: string): Promise<string> =>
  (await collectGeneration(ask(services, text).events)).text;

describe('createServices', () => {
  it('answers under the name of the service and of the variant', async () => {
    const { services } = setUp();
    await services.activate(deployment('one'), { signal: signal() });
    expect(await answerTo(services, 'hello there')).toBe('hello there');
    const byVariant = ask(services, 'again', { model: 'model-one' });
    expect((await collectGeneration(byVariant.events)).text).toBe('again');
    expect([byVariant.service, byVariant.ranOn()?.variantDigest]).toEqual(['assistant', 'one']);
  });

  it('refuses an unknown model with the list of what is served', async () => {
    const { services } = setUp();
    await services.activate(deployment('one'), { signal: signal() });
    expect(await failureOf((async () => ask(services, 'x', { model: 'gpt' }))())).toMatchObject({
      code: 'not-found',
      details: { served: ['assistant'] },
    });
  });

  it('puts the release’s system prompt and sampling under a request, and the request over them', async () => {
    const seen: unknown[] = [];
    const { services } = setUp({
      answer: (request) => {
        seen.push([
          request.messages.map((message) => message.role),
          request.sampling.temperature,
          request.sampling.topK,
          request.maxTokens,
        ]);
        return ['ok'];
      },
    });
    const defaults = { systemPrompt: 'Be brief.', sampling: { temperature: 0.7, topK: 5 }, maxTokens: 9 };
    await services.activate(deployment('one', { defaults }), { signal: signal() });
    await answerTo(services, 'x');
    const own = services.generate({
      model: 'assistant',
      key: 'local',
      signal: signal(),
      request: {
        ...askFor('x'),
        messages: [
          { role: 'system', content: 'Mine.' },
          { role: 'user', content: 'x' },
        ],
        sampling: { temperature: undefined, topK: 1 },
        maxTokens: 3,
      },
    });
    await collectGeneration(own.events);
    expect(seen).toEqual([
      [['system', 'user'], 0, 5, 9],
      [['system', 'user'], 0.7, 1, 3],
    ]);
  });

  it('runs as many requests as the engine has sequences, the rest in turn by key', async () => {
    const { services, engines, finished } = setUp();
    await services.activate(deployment('one'), { signal: signal() });
    engines.latest().hold();
    const order: string[] = [];
    const all = ['a1', 'a2', 'a3', 'a4', 'b1'].map(async (text) => {
      await collectGeneration(ask(services, text, { key: text.charAt(0) }).events);
      order.push(text);
    });
    await expect.poll(() => engines.latest().running).toBe(2);
    expect(services.served()[0]).toMatchObject({ running: 2, queued: 3 });
    engines.latest().resume();
    await Promise.all(all);
    expect(order.indexOf('b1')).toBeLessThan(order.indexOf('a4'));
    expect(finished().map((request) => request.outcome)).toEqual(Array(5).fill('stop'));
  });

  it('refuses what the queue cannot hold, with its place and the wait that was measured', async () => {
    const { services, engines, clock } = setUp({ queueLimit: 3 });
    await services.activate(deployment('one'), { signal: signal() });
    engines.latest().hold();
    const held = Array.from({ length: 5 }, (_, index) => answerTo(services, `w${index}`));
    await clock.advance(2_000);
    const refusal = await failureOf((async () => ask(services, 'too many'))());
    expect(refusal).toMatchObject({
      code: 'queue-full',
      retryable: true,
      details: { queuePosition: 4, retryAfterMs: 4_000 },
    });
    engines.latest().resume();
    await Promise.all(held);
  });

  it('gives a full queue’s last place of who has the most to who has less, and tells the one that loses it', async () => {
    const { services, engines } = setUp({ queueLimit: 3 });
    await services.activate(deployment('one'), { signal: signal() });
    engines.latest().hold();
    const greedy = Array.from({ length: 4 }, (_, index) => ask(services, `a${index}`, { key: 'a' }));
    const lost = ask(services, 'a4', { key: 'a' });
    const modest = ask(services, 'b0', { key: 'b' });
    expect(await failureOf(collectGeneration(lost.events))).toMatchObject({ code: 'queue-full' });
    expect(await failureOf((async () => ask(services, 'a5', { key: 'a' }))())).toMatchObject({
      code: 'queue-full',
    });
    engines.latest().resume();
    expect((await collectGeneration(modest.events)).text).toBe('b0');
    await Promise.all(greedy.map(({ events }) => collectGeneration(events)));
  });

  it('runs again, unseen, what had produced no token when the engine died, and ends the rest cleanly', async () => {
    const { services, engines, finished, names } = setUp();
    await services.activate(deployment('one'), { signal: signal() });
    const first = ask(services, 'one two three');
    await first.events.next();
    await first.events.next();
    engines.latest().hold();
    const second = answerTo(services, 'four five');
    await expect.poll(() => engines.latest().running).toBe(2);
    engines.latest().crash();
    expect(await second).toBe('four five');
    expect(await failureOf(collectGeneration(first.events))).toMatchObject({
      code: 'engine-crashed',
      retryable: true,
    });
    expect(engines.started.length).toBe(2);
    expect(finished().map(({ outcome, retried }) => [outcome, retried])).toEqual(
      expect.arrayContaining([
        ['failed', false],
        ['stop', true],
      ]),
    );
    expect(names()).toContain('engine-exited');
    expect(services.deployments()[0]).toMatchObject({ stage: 'serving', restarts: 1 });
  });

  it('does not give a request to a third engine after two died under it', async () => {
    const { services, engines } = setUp({ startHeld: true });
    await services.activate(deployment('one'), { signal: signal() });
    const failure = failureOf(collectGeneration(ask(services, 'poison').events));
    await expect.poll(() => engines.latest().running).toBe(1);
    engines.latest().crash();
    await expect.poll(() => engines.started.length).toBe(2);
    await expect.poll(() => engines.latest().running).toBe(1);
    engines.latest().crash();
    expect((await failure).code).toBe('engine-crashed');
  });

  it('reports an engine that keeps dying, goes on trying, and serves again when it holds', async () => {
    const { services, engines, names, clock } = setUp();
    await services.activate(deployment('one'), { signal: signal() });
    for (let exits = 0; exits < 4; exits += 1) {
      const starts = engines.started.length;
      engines.latest().crash();
      await clock.advance(10_000);
      expect(engines.started.length).toBe(starts + 1);
    }
    expect(names().filter((name) => name === 'engine-broken').length).toBe(1);
    expect(services.deployments()[0]).toMatchObject({
      stage: 'broken',
      lastFailure: expect.stringContaining('out of memory') as unknown,
    });
    expect((await failureOf((async () => ask(services, 'x'))())).code).toBe('unavailable');
    await clock.advance(60_000);
    expect(services.deployments()[0]?.stage).toBe('serving');
    expect(await answerTo(services, 'back again')).toBe('back again');
  });

  it('changes the model without going dark: the new one is checked, then takes what waits, the old one ends what runs', async () => {
    const { services, engines } = setUp();
    await services.activate(deployment('one'), { signal: signal() });
    const old = engines.latest();
    old.hold();
    const running = ['a', 'b'].map((text) => collectGeneration(ask(services, text).events));
    await expect.poll(() => old.running).toBe(2);
    const waiting = ask(services, 'c');
    await services.prepare(deployment('two'), { signal: signal() });
    expect(services.deployments().map(({ id, stage }) => [id, stage])).toEqual([
      ['one', 'serving'],
      ['two', 'ready'],
    ]);
    expect(
      (await collectGeneration(services.generateOn('two', askFor('golden'), { signal: signal() }))).text,
    ).toBe('golden');
    services.switchTraffic('two');
    expect((await collectGeneration(waiting.events)).text).toBe('c');
    expect(waiting.ranOn()?.deployment).toBe('two');
    const drained = services.drain('one', { deadlineMs: 60_000 });
    old.resume();
    await drained;
    expect((await Promise.all(running)).map(({ text }) => text)).toEqual(['a', 'b']);
    expect(old.hasExited).toBe(true);
    expect(services.deployments().map(({ id }) => id)).toEqual(['two']);
  });

  it('ends a drain at its deadline, whatever still runs', async () => {
    const { services, engines, clock } = setUp();
    await services.activate(deployment('one'), { signal: signal() });
    const stuck = ask(services, 'one two');
    await stuck.events.next();
    await stuck.events.next();
    engines.latest().hold();
    const drained = services.drain('one', { deadlineMs: 1_000 });
    await clock.advance(1_000);
    await drained;
    expect((await failureOf(collectGeneration(stuck.events))).code).toBe('engine-crashed');
  });

  it('says loading while a swap leaves the service dark, and keeps what waits for the next engine', async () => {
    const { services, engines } = setUp();
    await services.activate(deployment('one'), { signal: signal() });
    engines.latest().hold();
    const waiting = ['a', 'b', 'c'].map((text) => answerTo(services, text));
    await expect.poll(() => engines.latest().running).toBe(2);
    const drained = services.drain('one', { deadlineMs: 60_000 });
    expect((await failureOf((async () => ask(services, 'x'))())).code).toBe('loading');
    engines.latest().resume();
    await drained;
    await services.activate(deployment('two'), { signal: signal() });
    expect(await Promise.all(waiting)).toEqual(['a', 'b', 'c']);
  });

  it('forgets a service whose first load fails, and passes the reason on', async () => {
    const { services } = setUp({
      onStart: () => {
        throw new TypeError('no such file');
      },
    });
    await expect(services.prepare(deployment('one'), { signal: signal() })).rejects.toThrow('no such file');
    expect([services.served(), services.deployments()]).toEqual([[], []]);
  });

  it('fails what waited for a swap whose load fails, and stays known', async () => {
    const { services, engines } = setUp({
      onStart: (spec) => {
        if (spec.modelPath === 'bad') throw new TypeError('no such file');
      },
    });
    await services.activate(deployment('one'), { signal: signal() });
    engines.latest().hold();
    const all = ['a', 'b', 'c'].map((text) => ask(services, text));
    await expect.poll(() => engines.latest().running).toBe(2);
    const drained = services.drain('one', { deadlineMs: 60_000 });
    engines.latest().resume();
    await drained;
    await expect(services.prepare(deployment('bad'), { signal: signal() })).rejects.toThrow('no such file');
    const waited = all[2];
    expect(waited && (await failureOf(collectGeneration(waited.events))).code).toBe('unavailable');
    expect((await failureOf((async () => ask(services, 'x'))())).code).toBe('loading');
  });

  it('takes a cancelled request out of the queue', async () => {
    const { services, engines, finished } = setUp();
    await services.activate(deployment('one'), { signal: signal() });
    engines.latest().hold();
    const running = ['a', 'b'].map((text) => answerTo(services, text));
    const cancel = new AbortController();
    const waiting = failureOf(collectGeneration(ask(services, 'c', { signal: cancel.signal }).events));
    cancel.abort();
    expect((await waiting).code).toBe('aborted');
    expect(services.served()[0]?.queued).toBe(0);
    engines.latest().resume();
    await Promise.all(running);
    expect(
      finished()
        .map(({ outcome }) => outcome)
        .sort(),
    ).toEqual(['aborted', 'stop', 'stop']);
  });

  it('is not held up by someone who does not read', async () => {
    const { services } = setUp();
    await services.activate(deployment('one'), { signal: signal() });
    const unread = [ask(services, 'one two three'), ask(services, 'four five six')];
    expect(await answerTo(services, 'quick')).toBe('quick');
    expect(
      await Promise.all(unread.map(async ({ events }) => (await collectGeneration(events)).text)),
    ).toEqual(['one two three', 'four five six']);
  });

  it('fails everything that waits or runs when it is stopped', async () => {
    const { services, engines } = setUp();
    await services.activate(deployment('one'), { signal: signal() });
    engines.latest().hold();
    const failures = ['a', 'b', 'c'].map((text) => failureOf(collectGeneration(ask(services, text).events)));
    await expect.poll(() => engines.latest().running).toBe(2);
    await services.stop();
    expect((await Promise.all(failures)).map(({ code }) => code)).toEqual([
      'draining',
      'draining',
      'draining',
    ]);
    expect((await failureOf((async () => ask(services, 'x'))())).code).toBe('draining');
  });

  it('is idle when the last answer has ended, or the time for it is over', async () => {
    const { services, engines, clock } = setUp();
    await services.idle({ mostMs: 1_000 });
    await services.activate(deployment('one'), { signal: signal() });
    engines.latest().hold();
    const answers = ['a', 'b', 'c'].map((text) => collectGeneration(ask(services, text).events));
    await expect.poll(() => engines.latest().running).toBe(2);
    services.close();
    let isIdle = false;
    const late = services.idle({ mostMs: 1_000 });
    const idle = services.idle({ mostMs: 60_000 }).then(() => (isIdle = true));
    await clock.advance(1_000);
    await late;
    expect(isIdle).toBe(false);
    engines.latest().resume();
    expect((await Promise.all(answers)).map(({ text }) => text)).toEqual(['a', 'b', 'c']);
    await idle;
  });

  it('retires a service for good', async () => {
    const { services } = setUp();
    await services.activate(deployment('one'), { signal: signal() });
    await services.retire('assistant', { deadlineMs: 0 });
    expect((await failureOf((async () => ask(services, 'x'))())).code).toBe('not-found');
    expect(services.deployments()).toEqual([]);
  });
});
