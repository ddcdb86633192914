import type { GgufFacts } from '@flotilla/contracts';

/** Resident memory of our engine process beside any model: Node, the binding, its libraries, our own code. */
const PROCESS_BYTES = 175_000_000;
/** Heap per token of the vocabulary: the engine's own tables and what reading the header leaves behind. */
const BYTES_PER_TOKEN = 1200;
const UNKNOWN_VOCABULARY = 128_000;

/** Quantizations whose weights the engine rearranges for the processor while it loads (`ggml-cpu/repack.cpp`). */
const REPACKED = /^(Q4_0|Q4_K|Q5_K|Q6_K|Q2_K|IQ4_NL|MXFP4|Q1_0)/;
/** Rearranged on ARM and RISC-V only. */
const REPACKED_ELSEWHERE_THAN_X64 = /^Q8_0/;

/**
 * Memory of an engine process beyond weights and context, in bytes, which no estimator of the engine counts.
 *
 * Holds for an engine that opens its model without memory-mapping: with it, every rearranged weight is resident
 * twice, as file pages and as the copy (measured: 497 against 672 MB for a 360M model at Q4_0, and no difference for
 * Q8_0 on x64). Measured with node-llama-cpp 3.22 on Linux x64: 165 MB at most for a model of 0.3 million parameters in
 * the engine of `libs/agent/serving`, 1,070 bytes more per token of a vocabulary of 49,152 to 151,936, and the largest
 * tensor once more where weights are rearranged. Ten megabytes are added, since one engine in some thirty came out
 * half a megabyte over those figures.
 */
export function engineOverheadBytes({
  facts,
  bytes,
  arch = 'x64',
}: {
  facts: GgufFacts;
  /** Size of the GGUF. */
  bytes: number;
  /** Of the processor, as Node names it. Default `x64`. */
  arch?: string;
}): number {
  const { vocabularySize = UNKNOWN_VOCABULARY, embeddingLength = 0, parameters, quantization } = facts;
  const name = quantization.toUpperCase();
  const repacked = REPACKED.test(name) || (arch !== 'x64' && REPACKED_ELSEWHERE_THAN_X64.test(name));
  // The embeddings are the largest tensor of all but the largest models; a buffer of that size passes every tensor.
  const largestTensor = parameters ? (vocabularySize * embeddingLength * bytes) / parameters : 0;
  return Math.ceil(PROCESS_BYTES + vocabularySize * BYTES_PER_TOKEN + (repacked ? largestTensor : 0));
}
