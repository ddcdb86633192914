import type { DecoderShape } from '../gguf/decoder-model.ts';

export type SynthShape = DecoderShape & {
  /** llama.cpp's pre-tokenizer of the real model; TinyLlama's own vocabulary is not byte-level, ours is. */
  preTokenizer: string;
};

/** The published figures of real models, and `tiny`, which exists for tests (about 2 MB). */
export const SYNTH_SHAPES = {
  tiny: {
    architecture: 'llama',
    contextLength: 2048,
    embeddingLength: 128,
    blockCount: 4,
    feedForwardLength: 512,
    headCount: 4,
    headCountKv: 2,
    headDimension: 32,
    ropeFrequencyBase: 10_000,
    rmsNormEpsilon: 1e-5,
    vocabularySize: 4096,
    tiedEmbeddings: true,
    preTokenizer: 'gpt-2',
  },
  'smollm2-135m': {
    architecture: 'llama',
    contextLength: 8192,
    embeddingLength: 576,
    blockCount: 30,
    feedForwardLength: 1536,
    headCount: 9,
    headCountKv: 3,
    headDimension: 64,
    ropeFrequencyBase: 100_000,
    rmsNormEpsilon: 1e-5,
    vocabularySize: 49_152,
    tiedEmbeddings: true,
    preTokenizer: 'smollm',
  },
  'smollm2-360m': {
    architecture: 'llama',
    contextLength: 8192,
    embeddingLength: 960,
    blockCount: 32,
    feedForwardLength: 2560,
    headCount: 15,
    headCountKv: 5,
    headDimension: 64,
    ropeFrequencyBase: 100_000,
    rmsNormEpsilon: 1e-5,
    vocabularySize: 49_152,
    tiedEmbeddings: true,
    preTokenizer: 'smollm',
  },
  'qwen2.5-0.5b': {
    architecture: 'qwen2',
    contextLength: 32_768,
    embeddingLength: 896,
    blockCount: 24,
    feedForwardLength: 4864,
    headCount: 14,
    headCountKv: 2,
    headDimension: 64,
    ropeFrequencyBase: 1_000_000,
    rmsNormEpsilon: 1e-6,
    vocabularySize: 151_936,
    tiedEmbeddings: true,
    preTokenizer: 'qwen2',
  },
  'tinyllama-1.1b': {
    architecture: 'llama',
    contextLength: 2048,
    embeddingLength: 2048,
    blockCount: 22,
    feedForwardLength: 5632,
    headCount: 32,
    headCountKv: 4,
    headDimension: 64,
    ropeFrequencyBase: 10_000,
    rmsNormEpsilon: 1e-5,
    vocabularySize: 32_000,
    tiedEmbeddings: false,
    preTokenizer: 'gpt-2',
  },
  'llama-3.2-1b': {
    architecture: 'llama',
    contextLength: 131_072,
    embeddingLength: 2048,
    blockCount: 16,
    feedForwardLength: 8192,
    headCount: 32,
    headCountKv: 8,
    headDimension: 64,
    ropeFrequencyBase: 500_000,
    rmsNormEpsilon: 1e-5,
    vocabularySize: 128_256,
    tiedEmbeddings: true,
    preTokenizer: 'llama-bpe',
  },
} as const satisfies Record<string, SynthShape>;
export type SynthShapeName = keyof typeof SYNTH_SHAPES;

export function isSynthShapeName(text: string): text is SynthShapeName {
  return Object.hasOwn(SYNTH_SHAPES, text);
}
