import type { MemoryRoom } from '@flotilla/agent-serving-core';
import { fakeClock } from '@flotilla/testkit';
import { describe, expect, it } from 'vitest';
import { createResidency } from './residency.ts';
import { createSideMemory } from './side-memory.ts';
import { createFakeEngines, FAKE_SPEC, failureOf } from './testing/index.ts';

const signal = (): AbortSignal => new AbortController().signal;

async function setUp(readRoom: () => Promise<MemoryRoom> = async () => ({ availableBytes: 500 })) {
  const clock = fakeClock();
  const residency = createResidency({ readRoom, clock, onHeldBack: () => undefined });
  const engines = createFakeEngines({ sideBytes: 100 });
  const engine = await engines.startEngine(FAKE_SPEC, { signal: signal() });
  const side = createSideMemory({ deployment: 'a', service: 'a', yields: false, engine, residency, clock });
  return { residency, side, engine, crash: () => engines.latest().crash() };
}

describe('the memory of a context beside the one that serves', () => {
  it('counts as taken from its first answer on, however long others go on using it', async () => {
    const { residency, side } = await setUp();
    residency.add({
      id: 'b',
      service: 'b',
      needBytes: 450,
      keepLoaded: false,
      lastUsedAt: 0,
      isBusy: () => false,
      unload: async () => true,
    });
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const uses = [first, second].map(({ promise }) =>
      side.using('embedding', () => promise, { signal: signal() }),
    );
    await expect.poll(() => side.bytes).toBe(100);
    expect(await residency.fitsBeside('b')).toBe(false);
    first.resolve();
    await uses[0];
    expect(await residency.fitsBeside('b')).toBe(true);
    second.resolve();
    await uses[1];
  });

  it('is waited for no longer than the request lives, and others wait on', async () => {
    const room = Promise.withResolvers<MemoryRoom>();
    const { side } = await setUp(() => room.promise);
    const leaving = new AbortController();
    const left = failureOf(side.using('embedding', async () => 'left', { signal: leaving.signal }));
    const stays = side.using('embedding', async () => 'stayed', { signal: signal() });
    leaving.abort();
    expect((await left).code).toBe('aborted');
    room.resolve({ availableBytes: 500 });
    expect(await stays).toBe('stayed');
  });

  it('is not waited for by nobody, and asked for anew by the next', async () => {
    const room = Promise.withResolvers<MemoryRoom>();
    const { side } = await setUp(() => room.promise);
    const leaving = new AbortController();
    const left = failureOf(side.using('embedding', async () => 'left', { signal: leaving.signal }));
    leaving.abort();
    await left;
    const next = side.using('embedding', async () => 'came', { signal: signal() });
    room.resolve({ availableBytes: 500 });
    expect([await next, side.bytes]).toEqual(['came', 100]);
  });

  it('is the next one’s own where the one before left while its size was asked', async () => {
    const { side, engine } = await setUp();
    const told = Promise.withResolvers<number>();
    engine.sideBytes = () => told.promise;
    const leaving = new AbortController();
    const left = failureOf(side.using('embedding', async () => 'left', { signal: leaving.signal }));
    leaving.abort();
    await left;
    const next = side.using('embedding', async () => 'came', { signal: signal() });
    told.resolve(100);
    expect([await next, side.bytes]).toEqual(['came', 100]);
  });

  it('is waited for no longer than the engine lives', async () => {
    const { side, crash } = await setUp(() => new Promise(() => undefined));
    const waiting = failureOf(side.using('embedding', async () => 'never', { signal: signal() }));
    // Its size was told, and it stands in the line.
    await new Promise((resolve) => setImmediate(resolve));
    crash();
    expect((await waiting).code).toBe('engine-crashed');
  });
});
