import { fakeClock } from '@flotilla/testkit';
import { describe, expect, it } from 'vitest';
import { createResidency } from './residency.ts';
import { createSideMemory } from './side-memory.ts';
import { createFakeEngines } from './testing/index.ts';

describe('the memory of a context beside the one that serves', () => {
  it('counts as taken from its first answer on, however long others go on using it', async () => {
    const clock = fakeClock();
    const residency = createResidency({
      readRoom: async () => ({ availableBytes: 500 }),
      clock,
      onHeldBack: () => undefined,
    });
    const engine = await createFakeEngines({ sideBytes: 100 }).startEngine(
      {
        modelPath: 'x',
        modelDigest: 'x',
        contextTokens: 64,
        sequences: 2,
        batchTokens: 8,
        threads: 1,
        gpu: 'off',
        kvCacheType: 'f16',
      },
      { signal: new AbortController().signal },
    );
    const side = createSideMemory({ deployment: 'a', yields: false, engine, residency, clock });
    residency.add({
      id: 'b',
      needBytes: 450,
      keepLoaded: false,
      lastUsedAt: 0,
      isBusy: () => false,
      unload: async () => true,
    });
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const uses = [first, second].map(({ promise }) => side.using('embedding', () => promise));
    await expect.poll(() => side.bytes).toBe(100);
    expect(await residency.fitsBeside('b')).toBe(false);
    first.resolve();
    await uses[0];
    expect(await residency.fitsBeside('b')).toBe(true);
    second.resolve();
    await uses[1];
  });
});
