import type { GgufFacts, MemoryNeed } from '@flotilla/contracts';

import type { EngineConfiguration, KvType } from './engine-configuration.ts';
import { engineOverheadBytes } from './engine-overhead.ts';

/** Bytes per cached element: q8_0 stores 32 values in 34 bytes. */
const KV_BYTES: Record<KvType, number> = { f16: 2, q8_0: 34 / 32 };
/** The engine pads the cells of a sequence. */
const CELL_PADDING = 256;
const FLOAT_BYTES = 4;
/** Cache of a model whose header does not say its dimensions, as a part of its weights per 2,048 tokens: generous. */
const UNKNOWN_KV_PART = 0.15;
const UNKNOWN_VOCABULARY = 128_000;

/**
 * Memory of a model by arithmetic, for the plan of the control plane and for explanations. The device itself asks
 * its engine. Counts every layer as full attention, so a model with sliding windows or shared caches comes out too
 * large, never too small.
 */
export function estimateMemory({
  bytes,
  facts,
  adapter,
  configuration,
  arch,
}: {
  /** Size of the GGUF; its header is small beside its weights. */
  bytes: number;
  facts: GgufFacts;
  /** What it is loaded with, if anything. */
  adapter?: { bytes: number };
  configuration: EngineConfiguration;
  /** Of the processor, as Node names it. */
  arch?: string;
}): MemoryNeed {
  const { batchTokens } = configuration;
  const embedding = facts.embeddingLength ?? 0;
  const vocabulary = facts.vocabularySize ?? UNKNOWN_VOCABULARY;
  // The widest result of a batch decides the compute buffer: the logits, or for small vocabularies the feed-forward.
  const widest = Math.max(vocabulary, 12 * embedding);
  const compute = batchTokens * FLOAT_BYTES * (widest + 2 * embedding);
  const contextBytes = Math.ceil(kvBytes({ bytes, facts, configuration }) + compute);
  const weightsBytes = bytes + (adapter?.bytes ?? 0);
  return {
    weightsBytes,
    contextBytes,
    totalBytes: weightsBytes + contextBytes + engineOverheadBytes({ facts, bytes, arch }),
  };
}

/** The cache of all sequences, in bytes. */
export function kvBytes({
  bytes,
  facts,
  configuration,
}: {
  bytes: number;
  facts: GgufFacts;
  configuration: EngineConfiguration;
}): number {
  const { contextTokens, sequences, kvType } = configuration;
  const cells = Math.ceil(contextTokens / CELL_PADDING) * CELL_PADDING * sequences;
  const { layers, kvHeads, headDim } = facts;
  if (layers === undefined || kvHeads === undefined || headDim === undefined) {
    return bytes * UNKNOWN_KV_PART * (cells / 2048) * (KV_BYTES[kvType] / KV_BYTES.f16);
  }
  return cells * layers * kvHeads * headDim * 2 * KV_BYTES[kvType];
}
