import { describe, expect, it } from 'vitest';
import { decoderTensors, parameterCount, sizeLabel } from '../gguf/decoder-model.ts';
import { SYNTH_SHAPES, type SynthShapeName } from './shapes.ts';

describe('the shapes', () => {
  it.each<[SynthShapeName, number]>([
    ['smollm2-135m', 134_515_008],
    ['smollm2-360m', 361_821_120],
    ['qwen2.5-0.5b', 494_032_768],
    ['tinyllama-1.1b', 1_100_048_384],
    ['llama-3.2-1b', 1_235_814_400],
  ])('have the published number of parameters: %s', (name, parameters) => {
    expect(parameterCount(SYNTH_SHAPES[name])).toBe(parameters);
  });

  it.each(Object.entries(SYNTH_SHAPES))(
    'have rows of whole blocks, so that every quantization fits: %s',
    (_, shape) => {
      const rows = decoderTensors(shape).flatMap(({ role, dimensions }) =>
        role === 'matrix' ? [dimensions[0]! % 32] : [],
      );
      expect(new Set(rows)).toEqual(new Set([0]));
    },
  );

  it.each([
    [332_448, '0.3M'],
    [134_515_008, '135M'],
    [1_235_814_400, '1.2B'],
  ])('label %d parameters as %s', (parameters, label) => {
    expect(sizeLabel(parameters)).toBe(label);
  });
});
