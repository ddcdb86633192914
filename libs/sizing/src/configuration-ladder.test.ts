import fc from 'fast-check';
import { expect, it } from 'vitest';

import { configurationLadder } from './configuration-ladder.ts';
import { describeConfiguration } from './engine-configuration.ts';

it('reduces the batch first, then requests, then the cache, and never the context', () => {
  expect(configurationLadder({ contextTokens: 2048, sequences: 4 }).map(describeConfiguration)).toEqual([
    '4 × 2048 tokens, batch 512, f16 cache',
    '4 × 2048 tokens, batch 128, f16 cache',
    '2 × 2048 tokens, batch 128, f16 cache',
    '1 × 2048 tokens, batch 128, f16 cache',
    '4 × 2048 tokens, batch 128, q8_0 cache',
    '2 × 2048 tokens, batch 128, q8_0 cache',
    '1 × 2048 tokens, batch 128, q8_0 cache',
  ]);
});

it('begins with what the intent asks for and ends with one request, without trying anything twice', () => {
  const intents = fc.record({
    contextTokens: fc.integer({ min: 256, max: 1e6 }),
    sequences: fc.integer({ min: 1, max: 64 }),
  });
  fc.assert(
    fc.property(intents, (intent) => {
      const ladder = configurationLadder(intent);
      expect(ladder[0]).toMatchObject(intent);
      expect(ladder.at(-1)).toMatchObject({ ...intent, sequences: 1 });
      expect(new Set(ladder.map(describeConfiguration)).size).toBe(ladder.length);
    }),
  );
});
