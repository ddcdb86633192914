/** Which model fits a device, how fast it will be, and why not another one. No I/O. */
export {
  allowedMemory,
  DEFAULT_RESERVE_SHARE,
  type AllowedMemory,
  type AllowedMemoryOptions,
  type MemoryLimit,
  type MemoryLimitName,
} from './allowed-memory.ts';
export { chooseCandidate, type ChooseCandidateOptions } from './choose-candidate.ts';
export { configurationLadder } from './configuration-ladder.ts';
export {
  describeConfiguration,
  sameConfiguration,
  type ConfiguredNeed,
  type EngineConfiguration,
  type KvType,
} from './engine-configuration.ts';
export { correctNeed, type SeenMemory } from './correct-need.ts';
export { engineOverheadBytes } from './engine-overhead.ts';
export { estimateMemory, kvBytes } from './estimate-memory.ts';
export {
  adapterFacts,
  adapterMemory,
  adapterMisfit,
  checkAdapter,
  isAdapter,
} from './gguf/adapter-header.ts';
export { checkGgufBounds } from './gguf/check-gguf-bounds.ts';
export { fitConfiguration } from './fit-configuration.ts';
export { ggufFacts } from './gguf/gguf-facts.ts';
export {
  parseGgufHeader,
  type GgufHeader,
  type GgufHeaderParse,
  type GgufScalar,
  type GgufTensor,
  type GgufValue,
} from './gguf/parse-gguf-header.ts';
export { fileTypeName, tensorByteLength, tensorTypeName } from './gguf/tensor-types.ts';
export { judgeCandidate, type Assessment, type Choice, type Verdict } from './judge-candidate.ts';
export { predictSpeed, type SpeedAnchor, type SpeedPrediction } from './predict-speed.ts';
export { bytesPerToken, prefilter, type PrefilterOptions, type PrefilterResult } from './prefilter.ts';
export {
  compareQuality,
  QUANTIZATION_LADDER,
  quantizationStep,
  quantizationWarning,
  weightsBytes,
  type QuantizationStep,
  type QuantizationVerdict,
} from './quantization-ladder.ts';
