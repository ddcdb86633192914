import type { GgufHeader } from '@flotilla/sizing';
import { checkDecoderTensors } from './check-decoder-tensors.ts';
import { checkTensorLayout } from './check-tensor-layout.ts';
import { checkTokenizer } from './check-tokenizer.ts';
import { KNOWN_ARCHITECTURES } from './known-architectures.ts';

/**
 * Why the engine would refuse a sound GGUF, as far as its header tells; undefined when nothing speaks against it. Each
 * rule is one that llama.cpp itself has: without them a file is stored, released and pulled before a box finds out.
 */
export function checkLoadable(header: GgufHeader): string | undefined {
  const { metadata } = header;
  const kind = metadata.get('general.type');
  if (kind === 'adapter') return 'it is a LoRA adapter, which is no model by itself';
  if (kind === 'mmproj') return 'it is a projector of images, which is no model by itself';
  const architecture = metadata.get('general.architecture');
  if (typeof architecture !== 'string') return 'it names no architecture';
  if (!KNOWN_ARCHITECTURES.has(architecture)) {
    return `the engine does not know the architecture \`${architecture}\``;
  }
  for (const key of ['context_length', 'embedding_length', 'block_count']) {
    const value = metadata.get(`${architecture}.${key}`);
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 1) {
      return `it does not say its ${architecture}.${key}`;
    }
  }
  return checkTokenizer(header) ?? checkTensorLayout(header) ?? checkDecoderTensors({ header, architecture });
}
