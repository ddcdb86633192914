export { ggufFile } from './gguf-file.ts';
