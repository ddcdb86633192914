import { decoderTensors, type DecoderTensor } from '../gguf/decoder-model.ts';
import { f32, text } from '../gguf/metadata.ts';
import { writeGguf, type GgufTensor } from '../gguf/write-gguf.ts';
import { createRandomWeights } from './random-weights.ts';
import { SYNTH_SHAPES, type SynthShapeName } from './shapes.ts';

export interface WriteSynthAdapterOptions {
  /** Of the model it is for. */
  shape: SynthShapeName;
  path: string;
  /** Default 8. */
  rank?: number;
  /** How much it changes: the factor of its product. Default 200, which moves a synth model's answers. */
  alpha?: number;
  /** Same shape, rank, alpha and seed give the same bytes. Default 1. */
  seed?: number;
}

/** Writes a LoRA with random weights, as GGUF, over the attention and feed-forward matrices of every block. */
export async function writeSynthAdapter({
  shape: shapeName,
  path,
  rank = 8,
  alpha = 200,
  seed = 1,
}: WriteSynthAdapterOptions): Promise<void> {
  const shape = SYNTH_SHAPES[shapeName];
  const matrices = decoderTensors(shape).filter(
    ({ name, role }) => role === 'matrix' && name.startsWith('blk.'),
  );
  const largest = Math.max(
    ...matrices.flatMap(({ dimensions }) => dimensions.map((length) => length * rank)),
  );
  const weights = createRandomWeights({ seed, type: 'f32', largestTensor: largest });
  const factor = (name: string, dimensions: readonly [number, number], lane: number): GgufTensor => ({
    name,
    dimensions,
    type: 'f32',
    data: () => weights.read({ values: dimensions[0] * dimensions[1], lane }),
  });
  await writeGguf({
    path,
    metadata: {
      'general.architecture': text(shape.architecture),
      'general.type': text('adapter'),
      'general.name': text(`synth-adapter-${shapeName}`),
      'adapter.type': text('lora'),
      'adapter.lora.alpha': f32(alpha),
    },
    tensors: matrices.flatMap(({ name, dimensions }: DecoderTensor, lane) => {
      const [row = 0, rows = 0] = dimensions;
      return [
        factor(`${name}.lora_a`, [row, rank], 2 * lane),
        factor(`${name}.lora_b`, [rank, rows], 2 * lane + 1),
      ];
    }),
  });
}
