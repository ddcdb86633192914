import type { Candidate, DeviceFacts, GgufFacts, Intent } from '@flotilla/contracts';

/** The published dimensions of Qwen2.5-0.5B. */
export const QWEN: GgufFacts = {
  architecture: 'qwen2',
  parameters: 494_032_768,
  contextTokens: 32_768,
  layers: 24,
  embeddingLength: 896,
  kvHeads: 2,
  headDim: 64,
  vocabularySize: 151_936,
  quantization: 'Q8_0',
};

export function candidate(variant: string, change: Partial<Candidate> = {}): Candidate {
  return {
    variant,
    modelId: variant,
    digest: variant.charCodeAt(0).toString(16).padStart(64, '0'),
    manifestDigest: 'a'.repeat(64),
    bytes: 529_537_664,
    quantization: 'Q8_0',
    facts: QWEN,
    ...change,
  };
}

export const INTENT: Intent = { contextTokens: 2048, memoryShare: 0.7, sequences: 4 };

export function facts(change: Partial<DeviceFacts> = {}): DeviceFacts {
  return {
    v: 1,
    at: 1,
    os: { platform: 'linux' },
    cpu: { arch: 'x64', cores: 4, usableCores: 4, instructionSets: [] },
    memory: { totalBytes: 8e9, availableBytes: 6e9, bandwidthBytesPerSecond: 20e9 },
    gpus: [],
    unknown: [],
    ...change,
  };
}
