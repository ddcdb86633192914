import { bool, f32, i32s, text, texts, u32, type GgufMetadata } from './metadata.ts';
import { QUANTS, type Quant, type TensorType } from './tensor-type.ts';

/** The figures of a decoder-only transformer of the Llama family, as GGUF names them. */
export type DecoderShape = {
  architecture: 'llama' | 'qwen2' | 'qwen3';
  contextLength: number;
  embeddingLength: number;
  blockCount: number;
  feedForwardLength: number;
  headCount: number;
  headCountKv: number;
  headDimension: number;
  ropeFrequencyBase: number;
  rmsNormEpsilon: number;
  vocabularySize: number;
  /** True: no `output.weight`, the embedding is used in both directions. */
  tiedEmbeddings: boolean;
  /** Names of the classes that a head scores, which makes it a reranker; qwen3 only. */
  classes?: readonly string[];
};

export type DecoderTensor = {
  name: string;
  /** GGUF's order: row length first. */
  dimensions: readonly number[];
  role: 'matrix' | 'norm' | 'bias';
};

/**
 * Every tensor of a decoder, in the order llama.cpp's converters write them. Biases belong to qwen2 only, norms of
 * queries and keys and a head for classes to qwen3.
 */
export function decoderTensors(shape: DecoderShape): DecoderTensor[] {
  const d = shape.embeddingLength;
  const queries = shape.headCount * shape.headDimension;
  const keys = shape.headCountKv * shape.headDimension;
  const matrix = (name: string, row: number, rows: number): DecoderTensor => ({
    name: `${name}.weight`,
    dimensions: [row, rows],
    role: 'matrix',
  });
  const norm = (name: string, length = d): DecoderTensor => ({
    name: `${name}.weight`,
    dimensions: [length],
    role: 'norm',
  });
  const headNorm = (name: string): DecoderTensor[] =>
    shape.architecture === 'qwen3' ? [norm(name, shape.headDimension)] : [];
  const bias = (name: string, length: number): DecoderTensor[] =>
    shape.architecture === 'qwen2' ? [{ name: `${name}.bias`, dimensions: [length], role: 'bias' }] : [];
  const block = (n: number): DecoderTensor[] => [
    norm(`blk.${n}.attn_norm`),
    matrix(`blk.${n}.attn_q`, d, queries),
    ...bias(`blk.${n}.attn_q`, queries),
    ...headNorm(`blk.${n}.attn_q_norm`),
    matrix(`blk.${n}.attn_k`, d, keys),
    ...bias(`blk.${n}.attn_k`, keys),
    ...headNorm(`blk.${n}.attn_k_norm`),
    matrix(`blk.${n}.attn_v`, d, keys),
    ...bias(`blk.${n}.attn_v`, keys),
    matrix(`blk.${n}.attn_output`, queries, d),
    norm(`blk.${n}.ffn_norm`),
    matrix(`blk.${n}.ffn_gate`, d, shape.feedForwardLength),
    matrix(`blk.${n}.ffn_up`, d, shape.feedForwardLength),
    matrix(`blk.${n}.ffn_down`, shape.feedForwardLength, d),
  ];
  return [
    matrix('token_embd', d, shape.vocabularySize),
    ...Array.from({ length: shape.blockCount }, (_, n) => block(n)).flat(),
    norm('output_norm'),
    ...(shape.tiedEmbeddings ? [] : [matrix('output', d, shape.vocabularySize)]),
    ...(shape.classes === undefined ? [] : [matrix('cls.output', d, shape.classes.length)]),
  ];
}

/**
 * The type of each tensor of a model in `quant`. Norms and biases stay f32: they are small, and llama.cpp expects them so.
 *
 * In a q4_0 file the matrix that scores the tokens (the embedding, where it is tied) is q8_0, as llama.cpp's own
 * quantizer also keeps it larger: most of the loss of 4 bits would come from there.
 */
export function tensorTypeFor(
  tensor: DecoderTensor,
  { quant, shape }: { quant: Quant; shape: DecoderShape },
): TensorType {
  if (tensor.role !== 'matrix') return 'f32';
  return quant === 'q4_0' && tensor.name === outputTensorName(shape) ? 'q8_0' : quant;
}

/** The matrix that turns the last hidden state into a score per token. */
export function outputTensorName({ tiedEmbeddings }: Pick<DecoderShape, 'tiedEmbeddings'>): string {
  return tiedEmbeddings ? 'token_embd.weight' : 'output.weight';
}

export function parameterCount(shape: DecoderShape): number {
  return decoderTensors(shape).reduce(
    (sum, { dimensions }) => sum + dimensions.reduce((a, b) => a * b, 1),
    0,
  );
}

/** As llama.cpp numbers it. */
const POOLING_RANK = 4;

export function decoderMetadata(shape: DecoderShape): GgufMetadata {
  const arch = shape.architecture;
  return {
    [`${arch}.context_length`]: u32(shape.contextLength),
    [`${arch}.embedding_length`]: u32(shape.embeddingLength),
    [`${arch}.block_count`]: u32(shape.blockCount),
    [`${arch}.feed_forward_length`]: u32(shape.feedForwardLength),
    [`${arch}.attention.head_count`]: u32(shape.headCount),
    [`${arch}.attention.head_count_kv`]: u32(shape.headCountKv),
    [`${arch}.attention.key_length`]: u32(shape.headDimension),
    [`${arch}.attention.value_length`]: u32(shape.headDimension),
    [`${arch}.attention.layer_norm_rms_epsilon`]: f32(shape.rmsNormEpsilon),
    [`${arch}.rope.dimension_count`]: u32(shape.headDimension),
    [`${arch}.rope.freq_base`]: f32(shape.ropeFrequencyBase),
    [`${arch}.vocab_size`]: u32(shape.vocabularySize),
    ...(shape.classes === undefined
      ? {}
      : {
          [`${arch}.pooling_type`]: u32(POOLING_RANK),
          [`${arch}.classifier.output_labels`]: texts(shape.classes),
        }),
  };
}

export type GeneralFacts = {
  name: string;
  description: string;
  sizeLabel: string;
  quant: Quant;
  languages?: readonly string[];
};

/** `general.*`: what a person or a catalogue reads first. Everything the foundry writes is ours and Apache-2.0. */
export function generalMetadata(architecture: string, facts: GeneralFacts): GgufMetadata {
  return {
    'general.architecture': text(architecture),
    'general.type': text('model'),
    'general.name': text(facts.name),
    'general.author': text('Flotilla'),
    'general.license': text('apache-2.0'),
    'general.description': text(facts.description),
    'general.size_label': text(facts.sizeLabel),
    'general.languages': facts.languages ? texts(facts.languages) : undefined,
    'general.file_type': u32(QUANTS[facts.quant].fileType),
    'general.quantization_version': u32(2),
  };
}

/** `1234567` → `1.2M`, as `general.size_label` wants it. */
export function sizeLabel(parameters: number): string {
  const millions = parameters / 1e6;
  return millions >= 1000
    ? `${(millions / 1000).toFixed(1)}B`
    : `${millions.toFixed(millions < 10 ? 1 : 0)}M`;
}

/** A byte-level BPE vocabulary with its special tokens. Token types as ggml numbers them: 1 normal, 3 control. */
export type Vocabulary = {
  /** llama.cpp's name of the rule that splits text before merging. */
  preTokenizer: string;
  tokens: readonly string[];
  tokenTypes: readonly number[];
  /** "left right" in order of priority. */
  merges: readonly string[];
  bosId: number;
  eosId: number;
  eotId: number;
  paddingId: number;
  addBos: boolean;
};

export function tokenizerMetadata(vocabulary: Vocabulary, chatTemplate: string): GgufMetadata {
  return {
    'tokenizer.ggml.model': text('gpt2'),
    'tokenizer.ggml.pre': text(vocabulary.preTokenizer),
    'tokenizer.ggml.tokens': texts(vocabulary.tokens),
    'tokenizer.ggml.token_type': i32s(vocabulary.tokenTypes),
    'tokenizer.ggml.merges': texts(vocabulary.merges),
    'tokenizer.ggml.bos_token_id': u32(vocabulary.bosId),
    'tokenizer.ggml.eos_token_id': u32(vocabulary.eosId),
    'tokenizer.ggml.eot_token_id': u32(vocabulary.eotId),
    'tokenizer.ggml.padding_token_id': u32(vocabulary.paddingId),
    'tokenizer.ggml.add_bos_token': bool(vocabulary.addBos),
    'tokenizer.ggml.add_space_prefix': bool(false),
    'tokenizer.chat_template': text(chatTemplate),
  };
}
