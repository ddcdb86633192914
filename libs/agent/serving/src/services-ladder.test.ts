import type { DegradeKey, DegradeMemory, DegradeStep, MemoryRoom } from '@flotilla/agent-serving-core';
import { FlotillaError } from '@flotilla/contracts';
import { fakeClock } from '@flotilla/testkit';
import { describe, expect, it } from 'vitest';
import { collectGeneration } from './collect.ts';
import type { Deployment } from './deployment.ts';
import { createServices } from './services.ts';
import { askFor, createFakeEngines, failureOf, type FakeEngineOptions } from './testing/index.ts';

const signal = (): AbortSignal => new AbortController().signal;

const deployment = (changes: Partial<Deployment> = {}): Deployment => ({
  id: 'one',
  service: 'assistant',
  variant: 'model-one',
  variantDigest: 'ab12',
  release: 'first',
  defaults: {},
  minContextTokens: 256,
  spec: {
    modelPath: 'one',
    modelDigest: 'one',
    contextTokens: 512,
    sequences: 4,
    batchTokens: 8,
    threads: 1,
    gpu: 'auto',
    kvCacheType: 'f16',
  },
  ...changes,
});

function memoryOfSteps(): DegradeMemory & { kept: Map<string, readonly DegradeStep[]> } {
  const kept = new Map<string, readonly DegradeStep[]>();
  const name = ({ variantDigest, release }: DegradeKey): string => `${variantDigest} ${release}`;
  return {
    kept,
    recall: async (key) => kept.get(name(key)) ?? [],
    remember: async (key, taken) =>
      void (taken.length === 0 ? kept.delete(name(key)) : kept.set(name(key), taken)),
  };
}

function setUp(options: FakeEngineOptions = {}, degradeMemory = memoryOfSteps(), room: MemoryRoom = {}) {
  const clock = fakeClock();
  const engines = createFakeEngines(options);
  let held: Promise<void> | undefined;
  let givesNothing = false;
  const services = createServices({
    startEngine: async (spec, start) => {
      await held;
      const engine = await engines.startEngine(spec, start);
      if (givesNothing) engines.latest().hold();
      return engine;
    },
    clock,
    random: () => 1,
    degradeMemory,
    readRoom: async () => room,
  });
  const events: string[] = [];
  services.events.on('engine-climbed', ({ step }) => events.push(`back from ${step.kind}`));
  services.events.on('engine-degraded', ({ step }) => events.push(step.kind));
  services.events.on('engine-broken', () => events.push('broken'));
  const crash = async (says?: string): Promise<void> => {
    const starts = engines.started.length;
    engines.latest().crash(says === undefined ? {} : { says });
    await clock.advance(10_000);
    await expect.poll(() => engines.started.length).toBe(starts + 1);
  };
  const holdStarts = (until: Promise<void>): void => void (held = until);
  const holdNext = (): void => void (givesNothing = true);
  return { clock, engines, services, events, crash, degradeMemory, holdStarts, holdNext };
}

describe('an engine that keeps ending', () => {
  it('is opened a rung lower from its second end on, and is broken when no rung is left', async () => {
    const { services, engines, events, crash } = setUp();
    await services.activate(deployment(), { signal: signal() });
    for (let ends = 0; ends < 5; ends += 1) await crash();
    expect(events).toEqual(['fewer-sequences', 'fewer-sequences', 'shorter-context', 'broken']);
    expect(engines.started.map(({ spec }) => [spec.sequences, spec.contextTokens])).toEqual([
      [4, 512],
      [4, 512],
      [2, 512],
      [1, 512],
      [1, 256],
      [1, 256],
    ]);
    expect(services.deployments()[0]).toMatchObject({
      stage: 'broken',
      sequences: 1,
      contextTokens: 256,
      degraded: [
        { reason: expect.stringContaining('4 to 2 parallel requests') as string },
        { kind: 'fewer-sequences' },
        { kind: 'shorter-context' },
      ],
    });
  });

  it('gives its memory to a service that is asked, once it is broken', async () => {
    const { services, engines, crash, clock } = setUp({}, undefined, { capBytes: 500 });
    const other = deployment({ id: 'two', service: 'other', needBytes: 300 });
    await services.activate(other, { signal: signal() });
    await services.activate(deployment({ needBytes: 300 }), { signal: signal() });
    for (let ends = 0; ends < 5; ends += 1) await crash();
    const stages = () => services.deployments().map(({ stage }) => stage);
    expect(stages()).toEqual(['sleeping', 'broken']);
    engines.latest().crash(); // it waits for its next try now
    const { events } = services.generate({
      model: 'other',
      key: 'k',
      signal: signal(),
      request: askFor('hello'),
    });
    expect((await collectGeneration(events)).text).toBe('hello');
    expect(stages()).toEqual(['serving', 'sleeping']);
    let recovered = 0;
    services.events.on('engine-recovered', () => (recovered += 1));
    const again = services.generate({
      model: 'assistant',
      key: 'k',
      signal: signal(),
      request: askFor('hello'),
    });
    await collectGeneration(again.events);
    await clock.advance(60_000);
    expect([stages(), recovered]).toEqual([['sleeping', 'serving'], 1]);
  });

  it('fails what ran on it when it breaks, and no load is left that would answer', async () => {
    const { services, engines, crash, holdStarts } = setUp();
    await services.activate(deployment(), { signal: signal() });
    for (let ends = 0; ends < 4; ends += 1) await crash();
    engines.latest().hold();
    const { events } = services.generate({
      model: 'assistant',
      key: 'k',
      signal: signal(),
      request: askFor('hello'),
    });
    const failed = failureOf(collectGeneration(events));
    await expect.poll(() => engines.latest().running).toBe(1);
    holdStarts(new Promise(() => undefined));
    engines.latest().crash();
    expect((await failed).code).toBe('engine-crashed');
  });

  it('serves as many requests at once as it has sequences left', async () => {
    const { services, engines, crash } = setUp();
    await services.activate(deployment(), { signal: signal() });
    for (let ends = 0; ends < 3; ends += 1) await crash();
    engines.latest().hold();
    const answers = ['a', 'b'].map((text) =>
      collectGeneration(
        services.generate({ model: 'assistant', key: 'k', signal: signal(), request: askFor(text) }).events,
      ),
    );
    await expect.poll(() => services.served()[0]).toMatchObject({ running: 1, queued: 1 });
    engines.latest().resume();
    expect((await Promise.all(answers)).map(({ text }) => text)).toEqual(['a', 'b']);
  });

  it('goes from the GPU to the processor', async () => {
    const { services, engines, events, crash } = setUp({ info: { gpuLayers: 8 } });
    const base = deployment({ minContextTokens: 512 });
    await services.activate({ ...base, spec: { ...base.spec, sequences: 1 } }, { signal: signal() });
    for (let ends = 0; ends < 4; ends += 1) await crash();
    expect(events).toEqual(['fewer-gpu-layers', 'fewer-gpu-layers', 'cpu']);
    expect(engines.latest().spec).toMatchObject({ gpu: 'off', gpuLayers: 0 });
  });

  it('leaves a GPU that cannot compute at once, with all its parallel requests', async () => {
    const { services, engines, crash } = setUp({ info: { gpuLayers: 8 } });
    await services.activate(deployment(), { signal: signal() });
    await crash('CUDA error: the provided PTX was compiled with an unsupported toolchain.');
    await crash('CUDA error: the provided PTX was compiled with an unsupported toolchain.');
    expect(engines.latest().spec).toMatchObject({ gpu: 'off', gpuLayers: 0, sequences: 4 });
    expect(services.deployments()[0]?.degraded).toMatchObject([
      { kind: 'cpu', reason: expect.stringContaining('unsupported toolchain') as string },
    ]);
  });

  it('is opened as low at the next start, until another release comes', async () => {
    const { services, crash, degradeMemory } = setUp();
    await services.activate(deployment(), { signal: signal() });
    await crash();
    await crash();
    await services.stop();

    const again = setUp({}, degradeMemory);
    await again.services.activate(deployment(), { signal: signal() });
    expect(again.engines.latest().spec.sequences).toBe(2);
    expect(again.services.deployments()[0]?.degraded).toHaveLength(1);
    await again.services.activate(deployment({ id: 'two', release: 'second' }), { signal: signal() });
    expect(again.engines.latest().spec.sequences).toBe(4);
    await again.services.stop();
  });

  it('keeps it to itself where it was made on this box: another one of the same file is opened as it was made', async () => {
    const { services, engines, crash, degradeMemory } = setUp();
    const mine = (id: string, contextTokens: number) => {
      const { spec, ...made } = deployment({ id, service: id, release: undefined, isLocal: true });
      return { ...made, spec: { ...spec, contextTokens } };
    };
    await services.activate(mine('narrow', 256), { signal: signal() });
    await crash();
    await crash();
    expect(services.deployments()[0]?.degraded).toHaveLength(1);
    expect(await services.unload({ model: 'narrow' })).toBe('asleep');
    await services.preload({ model: 'narrow', signal: signal() });
    expect(engines.latest().spec.sequences).toBe(2);
    await services.activate(mine('wide', 512), { signal: signal() });
    expect(engines.latest().spec).toMatchObject({ contextTokens: 512, sequences: 4 });
    expect(degradeMemory.kept.size).toBe(0);
  });

  it('forgives ends that lie far apart', async () => {
    const { services, events, clock, crash } = setUp();
    await services.activate(deployment(), { signal: signal() });
    for (let ends = 0; ends < 4; ends += 1) {
      await crash();
      await clock.advance(60_000);
    }
    expect(events).toEqual([]);
  });

  it('is opened lower at once where its first load finds too little memory', async () => {
    const { services, engines, events } = setUp({
      onStart: ({ sequences }) => {
        if (sequences > 1) throw new FlotillaError('load-failed', 'unable to allocate CPU buffer');
      },
    });
    await services.activate(deployment(), { signal: signal() });
    expect([events, engines.latest().spec.sequences]).toEqual([['fewer-sequences', 'fewer-sequences'], 1]);
  });

  it('fails at once where its file is the reason', async () => {
    const { services, events } = setUp({
      onStart: () => {
        throw new FlotillaError('load-failed', 'unknown model architecture');
      },
    });
    expect((await failureOf(services.activate(deployment(), { signal: signal() }))).code).toBe('load-failed');
    expect(events).toEqual([]);
  });

  it('is ended and started again when it hangs, and the answer comes', async () => {
    const { services, engines, clock } = setUp();
    await services.activate(deployment(), { signal: signal() });
    const hung = engines.latest();
    hung.stats = () => new Promise(() => undefined);
    hung.hold();
    const answer = collectGeneration(
      services.generate({ model: 'assistant', key: 'k', signal: signal(), request: askFor('hello') }).events,
    );
    await clock.advance(70_000);
    expect((await answer).text).toBe('hello');
    expect(services.deployments()[0]).toMatchObject({
      restarts: 1,
      lastFailure: expect.stringContaining('hung') as string,
    });
  });
});

describe('an engine that was opened lower', () => {
  const HOUR = 3_600_000;
  /** Opened two rungs lower: one request at once instead of four. */
  async function lowered(
    options: FakeEngineOptions = {},
    { room, changes }: { room?: MemoryRoom; changes?: Partial<Deployment> } = {},
  ) {
    const box = setUp(options, undefined, room);
    await box.services.activate(deployment({ needBytes: 300, ...changes }), { signal: signal() });
    for (let ends = 0; ends < 3; ends += 1) await box.crash();
    expect(box.events.splice(0)).toEqual(['fewer-sequences', 'fewer-sequences']);
    return box;
  }
  const sequences = ({ services }: ReturnType<typeof setUp>) => services.deployments()[0]?.sequences;
  const ask = ({ services }: ReturnType<typeof setUp>, text: string) =>
    collectGeneration(
      services.generate({ model: 'assistant', key: 'k', signal: signal(), request: askFor(text) }).events,
    );

  it('climbs back a rung an hour, and is remembered no more', async () => {
    const box = await lowered();
    await box.clock.advance(HOUR + 120_000);
    expect([box.events, sequences(box)]).toEqual([['back from fewer-sequences'], 2]);
    await box.clock.advance(HOUR + 120_000);
    expect([sequences(box), box.services.deployments()[0]?.degraded, box.degradeMemory.kept.size]).toEqual([
      4,
      [],
      0,
    ]);
    expect(box.engines.started.filter(({ hasExited }) => !hasExited)).toHaveLength(1);
    await box.clock.advance(9 * HOUR);
    expect(box.events).toHaveLength(2);
  });

  it('ends what it runs while the higher one takes what is new', async () => {
    const loading = Promise.withResolvers<void>();
    const box = await lowered({ holdAfter: 1 });
    const low = box.engines.latest();
    box.holdStarts(loading.promise);
    await box.clock.advance(HOUR + 60_000);
    const old = ask(box, 'two words');
    await expect.poll(() => low.running).toBe(1);
    loading.resolve();
    await expect.poll(() => box.events).toEqual(['back from fewer-sequences']);
    const young = ask(box, 'one');
    expect((await young).text).toBe('one');
    await box.clock.advance(5_000);
    expect(low.hasExited).toBe(false);
    low.resume();
    expect((await old).text).toBe('two words');
    await box.clock.advance(5_000);
    expect(low.hasExited).toBe(true);
  });

  it('has the memory of both until the old one has ended, and who needs it waits', async () => {
    const loading = Promise.withResolvers<void>();
    const box = await lowered({ holdAfter: 1 }, { room: { capBytes: 700 }, changes: { keepLoaded: true } });
    const low = box.engines.latest();
    box.holdStarts(loading.promise);
    await box.clock.advance(HOUR + 60_000);
    const old = ask(box, 'two words');
    await expect.poll(() => low.running).toBe(1);
    const hasEnded: boolean[] = [];
    box.services.events.on('engine-started', ({ service }) => {
      if (service === 'other') hasEnded.push(low.hasExited);
    });
    const other = box.services.activate(deployment({ id: 'two', service: 'other', needBytes: 300 }), {
      signal: signal(),
    });
    loading.resolve();
    await expect.poll(() => box.events).toEqual(['back from fewer-sequences']);
    await box.clock.advance(5_000);
    low.resume();
    expect((await old).text).toBe('two words');
    await box.clock.advance(5_000);
    await other;
    expect(hasEnded).toEqual([true]);
  });

  it('climbs between its requests in place of an idle local model', async () => {
    const box = await lowered({}, { room: { capBytes: 700 } });
    const { services, clock } = box;
    const mine = deployment({ id: 'mine', service: 'mine', needBytes: 300, isLocal: true });
    await services.prepare(mine, { signal: signal(), staysAsleep: true });
    services.switchTraffic('mine');
    await services.preload({ model: 'mine', signal: signal() });
    const stageOfMine = () => services.deployments().find(({ id }) => id === 'mine')?.stage;
    expect(stageOfMine()).toBe('serving');
    await clock.advance(HOUR - 60_000);
    await ask(box, 'hello');
    await clock.advance(240_000); // too short for a climb in its own place
    expect([box.events, stageOfMine()]).toEqual([['back from fewer-sequences'], 'sleeping']);
  });

  it('sleeps where it is told to while it climbs, and is not woken by that', async () => {
    const loading = Promise.withResolvers<void>();
    const box = await lowered();
    const starts = box.engines.started.length;
    box.holdStarts(loading.promise);
    await box.clock.advance(HOUR + 60_000);
    expect(await box.services.unload({ model: 'assistant' })).toBe('asleep');
    loading.resolve();
    await expect.poll(() => box.engines.started).toHaveLength(starts + 1);
    await expect.poll(() => box.engines.latest().hasExited).toBe(true);
    expect([box.services.deployments()[0]?.stage, box.events]).toEqual(['sleeping', []]);
    expect((await ask(box, 'hello')).text).toBe('hello');
  });

  it('climbs in the end though it sleeps between its callers', async () => {
    const box = await lowered();
    for (let calls = 0; calls < 5; calls += 1) {
      await box.clock.advance(HOUR / 6);
      await box.services.unload({ model: 'assistant' });
      await ask(box, 'hello');
    }
    expect(box.events).toEqual([]);
    await box.clock.advance(HOUR / 6 + 120_000);
    expect([box.events, sequences(box)]).toEqual([['back from fewer-sequences'], 2]);
  });

  it('has its adapter on every rung', async () => {
    const adapter = { path: 'lora', digest: 'cd34', scale: 0.5 };
    const box = await lowered({}, { changes: { spec: { ...deployment().spec, adapter } } });
    await box.clock.advance(HOUR + 120_000);
    expect(sequences(box)).toBe(2);
    expect(box.engines.started.map(({ spec }) => spec.adapter)).toEqual(Array(5).fill(adapter));
  });

  it('serves on where a climb fails, and waits twice as long before the next', async () => {
    let most = 4;
    const box = await lowered({
      onStart: ({ sequences: wanted }) => {
        if (wanted > most) throw new FlotillaError('load-failed', 'unable to allocate CPU buffer');
      },
    });
    most = 1;
    await box.clock.advance(HOUR + 120_000);
    most = 4;
    expect([box.events, sequences(box)]).toEqual([[], 1]);
    await box.clock.advance(HOUR);
    expect(sequences(box)).toBe(1);
    await box.clock.advance(HOUR);
    expect(sequences(box)).toBe(2);
  });

  it('takes the rung again when the higher one ends soon, and waits longer too', async () => {
    const box = await lowered();
    await box.clock.advance(HOUR + 60_000);
    await box.crash();
    await box.crash();
    expect(box.events.splice(0)).toEqual(['back from fewer-sequences', 'fewer-sequences']);
    await box.clock.advance(2 * HOUR - 120_000);
    expect(box.events).toEqual([]);
    await box.clock.advance(240_000);
    expect(box.events).toEqual(['back from fewer-sequences']);
  });

  it('is opened anew in its place where memory holds no second one and nobody came for a while', async () => {
    const box = await lowered({}, { room: { capBytes: 500 } });
    const counts: number[] = [];
    const low = box.engines.latest();
    box.services.events.on('engine-started', () =>
      counts.push(box.engines.started.filter(({ hasExited }) => !hasExited).length),
    );
    await box.clock.advance(HOUR + 120_000);
    await expect.poll(() => [sequences(box), counts, low.hasExited]).toEqual([2, [1], true]);
  });

  it('stays where it is where the higher one ends at its first token, and no request meets that one', async () => {
    const box = await lowered();
    const low = box.engines.latest();
    box.holdNext();
    const climbing = box.clock.advance(HOUR + 120_000);
    await expect.poll(() => [box.engines.latest() === low, box.engines.latest().running]).toEqual([false, 1]);
    box.engines.latest().crash({ says: 'CUDA error: an illegal instruction was encountered' });
    await climbing;
    expect([sequences(box), low.hasExited]).toEqual([1, false]);
  });

  it('climbs later where the memory of the box cannot be read', async () => {
    let isReadable = true;
    const room = {
      get capBytes(): number {
        if (isReadable) return 1_000;
        throw new FlotillaError('internal', 'no file descriptors');
      },
    };
    const box = await lowered({}, { room });
    isReadable = false;
    await box.clock.advance(HOUR + 60_000);
    expect(box.events).toEqual([]);
    isReadable = true;
    await box.clock.advance(120_000);
    expect(box.events).toEqual(['back from fewer-sequences']);
  });

  it('leaves no engine behind where it is stopped while the higher one is tried out', async () => {
    const box = await lowered();
    box.holdNext();
    await box.clock.advance(HOUR + 60_000);
    await expect.poll(() => [box.engines.started.length, box.engines.latest().running]).toEqual([5, 1]);
    await box.services.stop();
    expect(box.engines.started.filter(({ hasExited }) => !hasExited)).toEqual([]);
  });
});
