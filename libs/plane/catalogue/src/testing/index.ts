export { ggufFile, type GgufFileOptions } from './gguf-file.ts';
