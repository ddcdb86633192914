import { describe, expect, it } from 'vitest';

import type { ConfiguredNeed } from './engine-configuration.ts';
import { fitConfiguration } from './fit-configuration.ts';

const need = (sequences: number, totalBytes: number): ConfiguredNeed => ({
  configuration: { contextTokens: 512, sequences, batchTokens: 128, kvType: 'f16' },
  need: { weightsBytes: totalBytes, contextBytes: 0, totalBytes },
});
const needs = [need(4, 400), need(2, 300), need(1, 200)];

describe('fitConfiguration', () => {
  it.each([
    ['takes the best where all fit', 500, 500, 4],
    ['gives up sequences rather than have another one sleep', 250, 500, 1],
    ['takes the place of the others where nothing fits beside them', 100, 350, 2],
    ['takes what fits exactly', 300, 300, 2],
    ['refuses what never fits', 100, 199, undefined],
  ])('%s', (_, besideBytes, aloneBytes, sequences) => {
    expect(fitConfiguration({ needs, besideBytes, aloneBytes })?.configuration.sequences).toBe(sequences);
  });
});
