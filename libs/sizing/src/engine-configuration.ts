import type { MemoryNeed } from '@flotilla/contracts';

/** Type of the KV cache; `q8_0` halves it at a mean KL divergence of about 0.001 and needs flash attention. */
export type KvType = 'f16' | 'q8_0';

/** How an engine opens a model: everything that decides its memory. */
export interface EngineConfiguration {
  /** Context of each sequence, in tokens. */
  contextTokens: number;
  /** Requests served in parallel; the cache has `contextTokens` × `sequences` cells. */
  sequences: number;
  /** Tokens evaluated at once; the logits buffer grows with it. */
  batchTokens: number;
  kvType: KvType;
}

/** A configuration with the memory it takes, estimated or measured. */
export interface ConfiguredNeed {
  configuration: EngineConfiguration;
  need: MemoryNeed;
}

/** `4 × 2048 tokens, batch 512, f16 cache` */
export function describeConfiguration(configuration: EngineConfiguration): string {
  const { contextTokens, sequences, batchTokens, kvType } = configuration;
  return `${sequences} × ${contextTokens} tokens, batch ${batchTokens}, ${kvType} cache`;
}

export function sameConfiguration(one: EngineConfiguration, other: EngineConfiguration): boolean {
  return (
    one.contextTokens === other.contextTokens &&
    one.sequences === other.sequences &&
    one.batchTokens === other.batchTokens &&
    one.kvType === other.kvType
  );
}
