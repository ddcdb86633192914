import { encodeValues } from '../gguf/encode.ts';
import {
  decoderMetadata,
  decoderTensors,
  generalMetadata,
  outputTensorName,
  parameterCount,
  sizeLabel,
  tensorTypeFor,
  tokenizerMetadata,
  type DecoderTensor,
} from '../gguf/decoder-model.ts';
import type { Quant, TensorType } from '../gguf/tensor-type.ts';
import { writeGguf, type GgufTensor, type WriteGgufOptions } from '../gguf/write-gguf.ts';
import { createRandomWeights, type RandomWeights } from './random-weights.ts';
import { SYNTH_SHAPES, type SynthShapeName } from './shapes.ts';
import { CHATML_TEMPLATE, SPECIAL_TOKENS, synthVocabulary } from './vocabulary.ts';

export type WriteSynthModelOptions = Pick<WriteGgufOptions, 'path' | 'onProgress' | 'signal'> & {
  shape: SynthShapeName;
  quant: Quant;
  /** Same shape, quantization and seed give the same bytes. Default 1. */
  seed?: number;
  /** Default: the shape's. */
  vocabularySize?: number;
  /** Jinja. Default: ChatML, without tools. */
  chatTemplate?: string;
};

export type SynthModel = { path: string; bytes: number; parameters: number };

/**
 * Writes a GGUF of a real model's shape with random weights: right for memory and speed work, and nonsense as text.
 *
 * Greedy decoding never ends by itself (the special tokens' output rows are zero), so a run of N tokens is
 * N tokens long. Needs about 60 MB of memory whatever the shape.
 */
export async function writeSynthModel({
  shape: shapeName,
  quant,
  seed = 1,
  vocabularySize = SYNTH_SHAPES[shapeName].vocabularySize,
  chatTemplate = CHATML_TEMPLATE,
  ...target
}: WriteSynthModelOptions): Promise<SynthModel> {
  const { preTokenizer, ...published } = SYNTH_SHAPES[shapeName];
  const shape = { ...published, vocabularySize };
  const tensors = decoderTensors(shape);
  const parameters = parameterCount(shape);
  const largestTensor = Math.max(...tensors.map(valuesOf));
  const weights = new Map<TensorType, RandomWeights>();
  const bytes = await writeGguf({
    ...target,
    metadata: {
      ...generalMetadata(shape.architecture, {
        name: `synth-${shapeName}`,
        description: `Random weights in the shape of ${shapeName}, for memory and speed work; its answers mean nothing.`,
        sizeLabel: sizeLabel(parameters),
        quant,
      }),
      ...decoderMetadata(shape),
      ...tokenizerMetadata(synthVocabulary({ size: vocabularySize, preTokenizer }), chatTemplate),
    },
    tensors: tensors.map((tensor, lane): GgufTensor => {
      const type = tensorTypeFor(tensor, { quant, shape });
      return {
        name: tensor.name,
        dimensions: tensor.dimensions,
        type,
        data: () => dataOf({ tensor, type, lane }),
      };
    }),
  });
  return { path: target.path, bytes, parameters };

  function* dataOf({
    tensor,
    type,
    lane,
  }: {
    tensor: DecoderTensor;
    type: TensorType;
    lane: number;
  }): Iterable<Uint8Array> {
    const values = valuesOf(tensor);
    if (tensor.role !== 'matrix') {
      yield encodeValues(type, new Float32Array(values).fill(tensor.role === 'norm' ? 1 : 0));
      return;
    }
    const silent =
      tensor.name === outputTensorName(shape) ? SPECIAL_TOKENS.length * tensor.dimensions[0]! : 0;
    yield* weightsOf(type).read({ values: values - silent, lane });
    yield encodeValues(type, new Float32Array(silent));
  }

  function weightsOf(type: TensorType): RandomWeights {
    const made = weights.get(type) ?? createRandomWeights({ seed, type, largestTensor });
    weights.set(type, made);
    return made;
  }
}

function valuesOf({ dimensions }: { dimensions: readonly number[] }): number {
  return dimensions.reduce((product, length) => product * length, 1);
}
