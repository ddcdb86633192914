import { describe, expect, it } from 'vitest';

import {
  compareQuality,
  QUANTIZATION_LADDER,
  quantizationStep,
  quantizationWarning,
  weightsBytes,
} from './quantization-ladder.ts';

describe('the ladder of quantizations', () => {
  it('goes down in quality: divergence never falls where it was measured', () => {
    const measured = QUANTIZATION_LADDER.map(({ meanKld }) => meanKld).filter((kld) => kld !== undefined);
    expect(measured).toEqual([...measured].sort((one, other) => one - other));
  });

  it('sorts variants from the best to the worst answer', () => {
    expect(['q4_0', 'F16', 'Q8_0', 'Q4_K_M'].sort(compareQuality)).toEqual(['F16', 'Q8_0', 'Q4_K_M', 'q4_0']);
  });

  it('gives the size of a model that nobody has at hand', () => {
    expect(weightsBytes({ parameters: 8e9, quantization: 'Q4_K_M' })).toBe(4.89e9);
    expect(weightsBytes({ parameters: 8e9, quantization: 'Q9_X' })).toBeUndefined();
  });

  it('warns of a quantization that is too coarse for so few parameters', () => {
    expect(quantizationWarning({ parameters: 8e9, quantization: 'Q4_K_M' })).toBeUndefined();
    expect(quantizationWarning({ parameters: 0.5e9, quantization: 'Q2_K' })).toMatch(
      /24 billion .* 0\.5 billion/,
    );
    expect(quantizationWarning({ parameters: 1e12, quantization: 'IQ1_S' })).toBeDefined();
  });

  it('knows a quantization in any case', () => {
    expect(quantizationStep('q8_0')?.bitsPerWeight).toBe(8.5);
  });
});
