import { describe, expect, it } from 'vitest';

import { QWEN } from '../test/candidates.ts';
import type { EngineConfiguration } from './engine-configuration.ts';
import { estimateMemory, kvBytes } from './estimate-memory.ts';

const bytes = 529_537_664;
const configuration: EngineConfiguration = {
  contextTokens: 2048,
  sequences: 1,
  batchTokens: 512,
  kvType: 'f16',
};

describe('memory by arithmetic', () => {
  // What node-llama-cpp 3.22.1 simulated for a model of this very shape (V2 estimators, llama.cpp v0.5.0).
  it.each([
    [{}, 340_002_816],
    [{ kvType: 'q8_0' }, 330_041_344],
    [{ batchTokens: 128 }, 103_875_072],
    [{ sequences: 4 }, 415_500_288],
    [{ sequences: 4, batchTokens: 128 }, 179_372_544],
  ] as const)('is within 4 %% of the engine with %j', (change, simulated) => {
    const { contextBytes } = estimateMemory({
      bytes,
      facts: QWEN,
      configuration: { ...configuration, ...change },
    });
    expect(Math.abs(contextBytes / simulated - 1)).toBeLessThan(0.04);
  });

  it('counts a cache of q8_0 by its blocks, not as one byte per value', () => {
    const full = kvBytes({ bytes, facts: QWEN, configuration });
    const half = kvBytes({ bytes, facts: QWEN, configuration: { ...configuration, kvType: 'q8_0' } });
    expect(full).toBe(2048 * 24 * 2 * 64 * 2 * 2);
    expect(half / full).toBe(34 / 64);
  });

  it('stays on the safe side of a header that does not say its dimensions', () => {
    const unknown = { architecture: 'new', quantization: 'Q8_0' };
    const known = estimateMemory({ bytes, facts: QWEN, configuration });
    expect(kvBytes({ bytes, facts: unknown, configuration })).toBeGreaterThan(
      kvBytes({ bytes, facts: QWEN, configuration }),
    );
    expect(estimateMemory({ bytes, facts: unknown, configuration }).totalBytes).toBeGreaterThan(
      known.totalBytes * 0.9,
    );
  });

  it('adds the buffer through which rearranged weights pass, where the processor has them rearranged', () => {
    const total = (quantization: string, arch: string): number =>
      estimateMemory({ bytes, facts: { ...QWEN, quantization }, configuration, arch }).totalBytes;
    expect(total('Q4_0', 'x64')).toBeGreaterThan(total('F16', 'x64'));
    expect(total('Q8_0', 'x64')).toBe(total('F16', 'x64'));
    expect(total('Q8_0', 'arm64')).toBe(total('Q4_0', 'arm64'));
  });
});
