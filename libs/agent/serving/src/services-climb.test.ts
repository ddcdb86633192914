import type { MemoryRoom } from '@flotilla/agent-serving-core';
import { FlotillaError } from '@flotilla/contracts';
import { describe, expect, it } from 'vitest';
import { collectGeneration } from './collect.ts';
import type { Deployment } from './deployment.ts';
import { degradingServices, deployment } from './testing/degrading-services.ts';
import { askFor, type FakeEngineOptions } from './testing/index.ts';

const signal = (): AbortSignal => new AbortController().signal;

describe('an engine that was opened lower', () => {
  const HOUR = 3_600_000;
  /** Opened two rungs lower: one request at once instead of four. */
  async function lowered(
    options: FakeEngineOptions = {},
    { room, changes }: { room?: MemoryRoom; changes?: Partial<Deployment> } = {},
  ) {
    const box = degradingServices(options, undefined, room);
    await box.services.activate(deployment({ needBytes: 300, ...changes }), { signal: signal() });
    for (let ends = 0; ends < 3; ends += 1) await box.crash();
    expect(box.events.splice(0)).toEqual(['fewer-sequences', 'fewer-sequences']);
    return box;
  }
  const sequences = ({ services }: ReturnType<typeof degradingServices>) =>
    services.deployments()[0]?.sequences;
  const ask = ({ services }: ReturnType<typeof degradingServices>, text: string) =>
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
