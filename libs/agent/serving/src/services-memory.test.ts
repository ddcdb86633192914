import type { MemoryRoom } from '@flotilla/agent-serving-core';
import { fakeClock } from '@flotilla/testkit';
import { describe, expect, it } from 'vitest';
import { collectGeneration } from './collect.ts';
import type { Deployment } from './deployment.ts';
import { createServices, type Services } from './services.ts';
import { askFor, createFakeEngines, failureOf, type FakeEngineOptions } from './testing/index.ts';

const signal = (): AbortSignal => new AbortController().signal;

function deployment(service: string, changes: Partial<Deployment> = {}): Deployment {
  return {
    id: `${service}-1`,
    service,
    variant: `model-${service}`,
    variantDigest: service,
    defaults: {},
    needBytes: 300,
    spec: {
      modelPath: service,
      modelDigest: service,
      contextTokens: 64,
      sequences: 1,
      batchTokens: 8,
      threads: 1,
      gpu: 'off',
      kvCacheType: 'f16',
    },
    ...changes,
  };
}

/** Room for one of 300 bytes at a time. */
function setUp({
  room = { capBytes: 500 },
  ...engineOptions
}: { room?: MemoryRoom } & FakeEngineOptions = {}) {
  const clock = fakeClock();
  const engines = createFakeEngines(engineOptions);
  const events: string[] = [];
  const services = createServices({
    startEngine: engines.startEngine,
    clock,
    random: () => 1,
    queueLimit: 8,
    readRoom: async () => room,
  });
  services.events.onAny((name, payload) => {
    if (name === 'engine-started' || name === 'service-slept')
      events.push(
        `${name === 'engine-started' ? 'up' : 'slept'} ${(payload as { service: string }).service}`,
      );
  });
  const stages = (): Record<string, string> =>
    Object.fromEntries(services.deployments().map(({ service, stage }) => [service, stage]));
  const engineOf = (service: string) =>
    engines.started.findLast(({ spec, hasExited }) => spec.modelPath === service && !hasExited);
  return { clock, engines, services, events, stages, engineOf };
}

const ask = async (
  services: Services,
  service: string,
  text = 'hello',
  changes: { signal?: AbortSignal } = {},
): Promise<string> =>
  (
    await collectGeneration(
      services.generate({ model: service, key: 'local', signal: signal(), request: askFor(text), ...changes })
        .events,
    )
  ).text;

async function both(services: Services, changes: { b?: Partial<Deployment>; a?: Partial<Deployment> } = {}) {
  await services.activate(deployment('a', changes.a), { signal: signal() });
  await services.activate(deployment('b', changes.b), { signal: signal() });
}

describe('services that do not all fit the memory', () => {
  it('sleep and are woken by a request, the least recently used one leaving', async () => {
    const { services, stages, events } = setUp({ room: { capBytes: 700 } });
    await both(services);
    await services.activate(deployment('c'), { signal: signal() });
    expect(stages()).toEqual({ a: 'sleeping', b: 'serving', c: 'serving' });
    expect(await ask(services, 'a')).toBe('hello');
    expect(stages()).toEqual({ a: 'serving', b: 'sleeping', c: 'serving' });
    expect(events).toEqual(['up a', 'up b', 'slept a', 'up c', 'slept b', 'up a']);
  });

  it('are loaded once for all who wait', async () => {
    const { services, engines } = setUp();
    await both(services);
    const starts = engines.started.length;
    await Promise.all(['x', 'y', 'z'].map((text) => ask(services, 'a', text)));
    expect(engines.started.length).toBe(starts + 1);
  });

  it('are never unloaded while they are busy, and the one who waits goes before what comes later', async () => {
    const { services, stages, engineOf, clock } = setUp();
    await both(services);
    engineOf('b')?.hold();
    const order: string[] = [];
    const note = (answer: Promise<string>) => answer.then((text) => order.push(text));
    const all = [note(ask(services, 'b', 'b-runs'))];
    await expect.poll(() => engineOf('b')?.running).toBe(1);
    all.push(note(ask(services, 'b', 'b-waits')), note(ask(services, 'a', 'a-waits')));
    await expect.poll(() => stages()).toEqual({ a: 'loading', b: 'serving' });
    await clock.advance(1);
    all.push(note(ask(services, 'b', 'b-late')));
    await clock.advance(1);
    expect(stages()).toEqual({ a: 'loading', b: 'serving' });
    engineOf('b')?.resume();
    await Promise.all(all);
    expect(order).toEqual(['b-runs', 'b-waits', 'a-waits', 'b-late']);
    expect(stages()).toEqual({ a: 'sleeping', b: 'serving' });
  });

  it('give the line up when nobody waits for them any more', async () => {
    const { services, stages, engineOf, engines } = setUp();
    await both(services);
    engineOf('b')?.hold();
    const running = ask(services, 'b');
    await expect.poll(() => engineOf('b')?.running).toBe(1);
    const starts = engines.started.length;
    const leaving = new AbortController();
    const left = failureOf(ask(services, 'a', 'x', { signal: leaving.signal }));
    leaving.abort();
    expect((await left).code).toBe('aborted');
    const late = ask(services, 'b', 'late');
    engineOf('b')?.resume();
    expect(await Promise.all([running, late])).toEqual(['hello', 'late']);
    expect([stages(), engines.started.length]).toEqual([{ a: 'sleeping', b: 'serving' }, starts]);
  });

  it('are the fleet’s before they are local models’: these sleep first, stand behind, and hold nobody back', async () => {
    const { services, stages, engineOf, clock } = setUp({ room: { capBytes: 700 } });
    for (const { id, ...local } of [deployment('mine'), deployment('other')]) {
      const made = { id, ...local, isLocal: true };
      await services.prepare(made, { signal: signal(), staysAsleep: true });
      services.switchTraffic(id);
    }
    expect(stages()).toEqual({ mine: 'sleeping', other: 'sleeping' });
    await both(services);
    expect(await ask(services, 'mine')).toBe('hello');
    expect(stages()).toMatchObject({ a: 'sleeping', b: 'serving', mine: 'serving' });
    await ask(services, 'a');
    expect(stages()).toMatchObject({ a: 'serving', b: 'serving', mine: 'sleeping' });
    const order: string[] = [];
    const note = (answer: Promise<string>) => answer.then((text) => order.push(text));
    for (const service of ['a', 'b']) engineOf(service)?.hold();
    const all = [note(ask(services, 'a', 'a-runs')), note(ask(services, 'b', 'b-runs'))];
    await expect.poll(() => (engineOf('a')?.running ?? 0) + (engineOf('b')?.running ?? 0)).toBe(2);
    all.push(note(ask(services, 'mine', 'mine')));
    await expect.poll(() => stages()['mine']).toBe('loading');
    await clock.advance(1);
    all.push(note(ask(services, 'a', 'a-late')));
    await clock.advance(1);
    engineOf('a')?.resume();
    await Promise.all([all[0], all[3]]);
    engineOf('b')?.resume();
    await Promise.all(all);
    expect(order.indexOf('a-late')).toBeLessThan(order.indexOf('mine'));
    expect(stages()).toMatchObject({ mine: 'serving', other: 'sleeping' });
  });

  it('are kept waiting by a local model for some seconds at most: what it answers then ends, saying why', async () => {
    const { services, stages, engineOf, clock } = setUp();
    await both(services);
    await services.prepare({ ...deployment('mine'), isLocal: true }, { signal: signal(), staysAsleep: true });
    services.switchTraffic('mine-1');
    expect(await ask(services, 'mine')).toBe('hello');
    engineOf('mine')?.hold();
    const endless = failureOf(ask(services, 'mine', 'endless'));
    await expect.poll(() => engineOf('mine')?.running).toBe(1);
    const asked = ask(services, 'a');
    await expect.poll(() => stages()['a']).toBe('loading');
    await clock.advance(4_000);
    expect(engineOf('mine')?.running).toBe(1);
    await clock.advance(1_000);
    expect(await endless).toMatchObject({ code: 'unavailable', details: { about: 'mine' } });
    expect(await asked).toBe('hello');
    expect(stages()).toMatchObject({ a: 'serving', mine: 'sleeping' });
  });

  it('are loaded at their start in place of an idle local model', async () => {
    const { services, stages } = setUp();
    await services.prepare({ ...deployment('mine'), isLocal: true }, { signal: signal(), staysAsleep: true });
    services.switchTraffic('mine-1');
    await ask(services, 'mine');
    await services.prepare(deployment('a'), { signal: signal(), mayStayAsleep: true });
    services.switchTraffic('a-1');
    expect(stages()).toEqual({ mine: 'sleeping', a: 'serving' });
  });

  it('that are loaded in place of another model say how far that is, and when to come back', async () => {
    const engines = createFakeEngines();
    const clock = fakeClock();
    const loaded = Promise.withResolvers<void>();
    const read = Promise.withResolvers<void>();
    const services = createServices({
      clock,
      startEngine: async (spec, options) => {
        if (spec.modelPath === 'slow') {
          await read.promise;
          options.onProgress?.(0.4);
          await loaded.promise;
        }
        return engines.startEngine(spec, options);
      },
    });
    await services.activate(deployment('a'), { signal: signal() });
    await services.drain('a-1', { deadlineMs: 0 });
    const next = deployment('a', { id: 'a-2' });
    const coming = services.activate(
      { ...next, spec: { ...next.spec, modelPath: 'slow' } },
      { signal: signal() },
    );
    await expect.poll(() => services.deployments()[0]?.stage).toBe('loading');
    await clock.advance(4_000);
    expect(await failureOf(ask(services, 'a'))).toMatchObject({
      code: 'loading',
      details: { loading: { service: 'a', state: 'loading' }, retryAfterMs: 5_000 },
    });
    read.resolve();
    await expect.poll(() => services.deployments()[0]?.loadShare).toBe(0.4);
    expect(await failureOf(ask(services, 'a'))).toMatchObject({
      code: 'loading',
      details: { loading: { progress: 0.4, eta_seconds: 6 }, retryAfterMs: 6_000 },
    });
    loaded.resolve();
    await coming;
    expect(await ask(services, 'a')).toBe('hello');
  });

  it('go before who waits for them where they are being changed: their successor lets them go', async () => {
    const { services, engineOf } = setUp({ room: { capBytes: 700 } });
    await both(services, { b: { needBytes: 600 } });
    await ask(services, 'a');
    engineOf('a')?.hold();
    const running = ask(services, 'a');
    await expect.poll(() => engineOf('a')?.running).toBe(1);
    const old = engineOf('a');
    const waiting = ask(services, 'b');
    await services.prepare(deployment('a', { id: 'a-2' }), { signal: signal() });
    services.switchTraffic('a-2');
    old?.resume();
    expect(await running).toBe('hello');
    await services.drain('a-1', { deadlineMs: 1_000 });
    expect(await waiting).toBe('hello');
  });

  it('stay loaded while they are being changed', async () => {
    const { services, stages, events } = setUp({ room: { capBytes: 900 } });
    await both(services);
    await services.prepare(deployment('a', { id: 'a-2' }), { signal: signal() });
    await services.prepare(deployment('c', { id: 'c-1' }), { signal: signal() });
    expect(events.filter((event) => event.startsWith('slept'))).toEqual(['slept b']);
    expect(stages()['b']).toBe('sleeping');
  });

  it('stay where their release says so, and the other says what it lacks', async () => {
    const { services, stages } = setUp();
    await services.activate(deployment('a', { keepLoaded: true }), { signal: signal() });
    const failure = await failureOf(services.activate(deployment('b'), { signal: signal() }));
    expect(failure).toMatchObject({ code: 'did-not-fit', details: { needBytes: 300, limitBytes: 200 } });
    expect(stages()).toEqual({ a: 'serving' });
  });

  it('may sleep from the start where they served before and others leave no room', async () => {
    const { services, stages, engines } = setUp();
    for (const service of ['a', 'b']) {
      await services.prepare(deployment(service), { signal: signal(), mayStayAsleep: true });
      services.switchTraffic(`${service}-1`);
    }
    expect([stages(), engines.started.length]).toEqual([{ a: 'serving', b: 'sleeping' }, 1]);
    expect(await ask(services, 'b')).toBe('hello');
  });

  it('say that memory is short now, and are tried again by the next request', async () => {
    const room: MemoryRoom = { capBytes: 500, availableBytes: 1_000 };
    const { services } = setUp({ room });
    await both(services);
    room.availableBytes = 0;
    await services.drain('b-1', { deadlineMs: 0 });
    expect((await failureOf(ask(services, 'a'))).code).toBe('unavailable');
    room.availableBytes = 1_000;
    expect(await ask(services, 'a')).toBe('hello');
  });

  it('take a failed load as an engine that keeps ending, when it fails again and again', async () => {
    let fails = false;
    const { services } = setUp({
      onStart: () => {
        if (fails) throw new TypeError('no such file');
      },
    });
    let broken = 0;
    services.events.on('engine-broken', () => (broken += 1));
    await both(services);
    fails = true;
    for (let asked = 0; asked < 3; asked += 1)
      expect((await failureOf(ask(services, 'a'))).code).toBe('unavailable');
    expect(broken).toBe(1);
    fails = false;
    expect(await ask(services, 'a')).toBe('hello');
  });
});

describe('a context beside the one that serves', () => {
  const embed = (services: Services, service = 'a') =>
    services.embed({ model: service, key: 'local', signal: signal(), inputs: ['hello'] });
  const admitted = (services: Services): number[] =>
    services.deployments().map(({ admittedBytes }) => admittedBytes);

  it('is admitted once for all who use it, and given back when nobody did for five minutes', async () => {
    const { services, engines, clock } = setUp({ sideBytes: 100 });
    await services.activate(deployment('a'), { signal: signal() });
    await Promise.all([embed(services), embed(services)]);
    expect(admitted(services)).toEqual([400]);
    await clock.advance(299_000);
    await embed(services);
    await clock.advance(299_000);
    expect(engines.latest().closed).toEqual([]);
    await clock.advance(1_000);
    expect([engines.latest().closed, admitted(services)]).toEqual([['embedding'], [300]]);
    await embed(services);
    expect(admitted(services)).toEqual([400]);
  });

  it('is refused where there is no memory for it, and the service serves on', async () => {
    const { services } = setUp({ sideBytes: 300 });
    await services.activate(deployment('a'), { signal: signal() });
    expect(await failureOf(embed(services))).toMatchObject({
      code: 'did-not-fit',
      details: { needBytes: 300, limitBytes: 200 },
    });
    expect(await ask(services, 'a')).toBe('hello');
    expect(admitted(services)).toEqual([300]);
  });

  it('gives its memory to another service that needs it, before any service sleeps', async () => {
    const { services, engineOf, stages } = setUp({ sideBytes: 100, room: { capBytes: 650 } });
    await services.activate(deployment('a'), { signal: signal() });
    await embed(services);
    await services.activate(deployment('b'), { signal: signal() });
    expect([engineOf('a')?.closed, stages()]).toEqual([['embedding'], { a: 'serving', b: 'serving' }]);
    expect(admitted(services)).toEqual([300, 300]);
  });

  it('waits for no busy service, which may wait for it', async () => {
    const { services, engineOf } = setUp({ sideBytes: 100, room: { capBytes: 650 } });
    await both(services);
    engineOf('b')?.hold();
    const running = ask(services, 'b');
    await expect.poll(() => engineOf('b')?.running).toBe(1);
    expect((await failureOf(embed(services))).code).toBe('did-not-fit');
    engineOf('b')?.resume();
    await running;
    await embed(services);
    expect(services.deployments().map(({ stage }) => stage)).toEqual(['serving', 'sleeping']);
  });

  it('goes before a service that waits for its own', async () => {
    const { services, engineOf, stages } = setUp({ sideBytes: 100 });
    await both(services);
    await ask(services, 'a');
    engineOf('a')?.hold();
    const running = ask(services, 'a');
    await expect.poll(() => engineOf('a')?.running).toBe(1);
    const vectors = embed(services);
    const waiting = ask(services, 'b');
    await expect.poll(stages).toEqual({ a: 'serving', b: 'loading' });
    engineOf('a')?.resume();
    await Promise.all([running, vectors, waiting]);
    expect(stages()).toEqual({ a: 'sleeping', b: 'serving' });
  });

  it('is forgotten with its engine', async () => {
    const { services, engineOf, events, clock } = setUp({ sideBytes: 100 });
    await services.activate(deployment('a'), { signal: signal() });
    await embed(services);
    engineOf('a')?.crash();
    await expect.poll(() => events.filter((event) => event === 'up a').length).toBe(2);
    expect(admitted(services)).toEqual([300]);
    await clock.advance(600_000);
    await embed(services);
    expect(admitted(services)).toEqual([400]);
  });
});
