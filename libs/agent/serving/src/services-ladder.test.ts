import { FlotillaError } from '@flotilla/contracts';
import { describe, expect, it } from 'vitest';
import { collectGeneration } from './collect.ts';
import { degradingServices, deployment } from './testing/degrading-services.ts';
import { askFor, failureOf } from './testing/index.ts';

const signal = (): AbortSignal => new AbortController().signal;

describe('an engine that keeps ending', () => {
  it('is opened a rung lower from its second end on, and is broken when no rung is left', async () => {
    const { services, engines, events, crash } = degradingServices();
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
    const { services, engines, crash, clock } = degradingServices({}, undefined, { capBytes: 500 });
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
    const { services, engines, crash, holdStarts } = degradingServices();
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
    const { services, engines, crash } = degradingServices();
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
    const { services, engines, events, crash } = degradingServices({ info: { gpuLayers: 8 } });
    const base = deployment({ minContextTokens: 512 });
    await services.activate({ ...base, spec: { ...base.spec, sequences: 1 } }, { signal: signal() });
    for (let ends = 0; ends < 4; ends += 1) await crash();
    expect(events).toEqual(['fewer-gpu-layers', 'fewer-gpu-layers', 'cpu']);
    expect(engines.latest().spec).toMatchObject({ gpu: 'off', gpuLayers: 0 });
  });

  it('leaves a GPU that cannot compute at once, with all its parallel requests', async () => {
    const { services, engines, crash } = degradingServices({ info: { gpuLayers: 8 } });
    await services.activate(deployment(), { signal: signal() });
    await crash('CUDA error: the provided PTX was compiled with an unsupported toolchain.');
    await crash('CUDA error: the provided PTX was compiled with an unsupported toolchain.');
    expect(engines.latest().spec).toMatchObject({ gpu: 'off', gpuLayers: 0, sequences: 4 });
    expect(services.deployments()[0]?.degraded).toMatchObject([
      { kind: 'cpu', reason: expect.stringContaining('unsupported toolchain') as string },
    ]);
  });

  it('is opened as low at the next start, until another release comes', async () => {
    const { services, crash, degradeMemory } = degradingServices();
    await services.activate(deployment(), { signal: signal() });
    await crash();
    await crash();
    await services.stop();

    const again = degradingServices({}, degradeMemory);
    await again.services.activate(deployment(), { signal: signal() });
    expect(again.engines.latest().spec.sequences).toBe(2);
    expect(again.services.deployments()[0]?.degraded).toHaveLength(1);
    await again.services.activate(deployment({ id: 'two', release: 'second' }), { signal: signal() });
    expect(again.engines.latest().spec.sequences).toBe(4);
    await again.services.stop();
  });

  it('keeps it to itself where it was made on this box: another one of the same file is opened as it was made', async () => {
    const { services, engines, crash, degradeMemory } = degradingServices();
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
    const { services, events, clock, crash } = degradingServices();
    await services.activate(deployment(), { signal: signal() });
    for (let ends = 0; ends < 4; ends += 1) {
      await crash();
      await clock.advance(60_000);
    }
    expect(events).toEqual([]);
  });

  it('is opened lower at once where its first load finds too little memory', async () => {
    const { services, engines, events } = degradingServices({
      onStart: ({ sequences }) => {
        if (sequences > 1) throw new FlotillaError('load-failed', 'unable to allocate CPU buffer');
      },
    });
    await services.activate(deployment(), { signal: signal() });
    expect([events, engines.latest().spec.sequences]).toEqual([['fewer-sequences', 'fewer-sequences'], 1]);
  });

  it('fails at once where its file is the reason', async () => {
    const { services, events } = degradingServices({
      onStart: () => {
        throw new FlotillaError('load-failed', 'unknown model architecture');
      },
    });
    expect((await failureOf(services.activate(deployment(), { signal: signal() }))).code).toBe('load-failed');
    expect(events).toEqual([]);
  });

  it('is ended and started again when it hangs, and the answer comes', async () => {
    const { services, engines, clock } = degradingServices();
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
