import type { DegradeKey, DegradeMemory, DegradeStep } from '@flotilla/agent-serving-core';
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
    remember: async (key, taken) => void kept.set(name(key), taken),
    forget: async (key) => void kept.delete(name(key)),
  };
}

function setUp(options: FakeEngineOptions = {}, degradeMemory = memoryOfSteps()) {
  const clock = fakeClock();
  const engines = createFakeEngines(options);
  const services = createServices({
    startEngine: engines.startEngine,
    clock,
    random: () => 1,
    degradeMemory,
  });
  const events: string[] = [];
  services.events.on('engine-degraded', ({ step }) => events.push(step.kind));
  services.events.on('engine-broken', () => events.push('broken'));
  const crash = async (): Promise<void> => {
    const starts = engines.started.length;
    engines.latest().crash();
    await clock.advance(10_000);
    await expect.poll(() => engines.started.length).toBe(starts + 1);
  };
  return { clock, engines, services, events, crash, degradeMemory };
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

  it('is opened as low at the next start, until another release comes or it held for a day', async () => {
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

    const later = setUp({}, degradeMemory);
    await later.services.activate(deployment(), { signal: signal() });
    await later.clock.advance(25 * 3_600_000);
    expect(degradeMemory.kept.size).toBe(0);
    await later.services.stop();
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
