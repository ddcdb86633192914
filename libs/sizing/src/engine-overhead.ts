/** Resident memory of an engine process before it opened a model: Node, the binding and its libraries. */
const PROCESS_BYTES = 110_000_000;
/** Heap per token of the vocabulary: the engine's own tables and what reading the header leaves behind. */
const BYTES_PER_TOKEN = 1250;

/**
 * Memory of an engine process beyond weights and context, in bytes, which no estimator of the engine counts.
 * Measured with node-llama-cpp 3.22 on Linux x64: 96 MB with nothing open, 113 MB more with a 4,096-token
 * vocabulary and its buffers, 176 MB more with one of 151,936.
 */
export function engineOverheadBytes({ vocabularySize = 128_000 }: { vocabularySize?: number }): number {
  return PROCESS_BYTES + vocabularySize * BYTES_PER_TOKEN;
}
