/** Which model fits a device, how fast it will be, and why not another one. No I/O. */
export {
  describeConfiguration,
  type ConfiguredNeed,
  type EngineConfiguration,
  type KvType,
} from './engine-configuration.ts';
export { checkGgufBounds } from './gguf/check-gguf-bounds.ts';
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
export { formatBytes } from './format-bytes.ts';
