import type { GgufHeader } from './parse-gguf-header.ts';
import { tensorByteLength } from './tensor-types.ts';

/**
 * Why the tensors that a header describes cannot all lie in a file of that many bytes; undefined when they do.
 * A truncated file is the common case: the engine says only that it failed to load.
 */
export function checkGgufBounds(header: GgufHeader, fileBytes: number): string | undefined {
  if (header.tensors.length === 0) return 'it holds no tensor';
  const names = new Set<string>();
  for (const tensor of header.tensors) {
    if (names.has(tensor.name)) return `tensor ${tensor.name} is there twice`;
    names.add(tensor.name);
    const bytes = tensorByteLength(tensor);
    if (bytes === undefined) {
      return `tensor ${tensor.name} has the unknown or unfitting type ${tensor.type}`;
    }
    const end = header.dataOffset + tensor.offset + bytes;
    if (!Number.isSafeInteger(end)) return `tensor ${tensor.name} is impossibly large`;
    if (end > fileBytes) {
      return `tensor ${tensor.name} ends at byte ${end}, but the file has ${fileBytes}: it is truncated`;
    }
  }
  return undefined;
}
