import type { GgufFacts } from '@flotilla/contracts';

import type { GgufHeader, GgufValue } from './parse-gguf-header.ts';
import { fileTypeName, tensorTypeName } from './tensor-types.ts';

/** What a header says, in the words of the catalogue. Facts it does not state are left out. */
export function ggufFacts(header: GgufHeader): GgufFacts {
  const { metadata, tensors } = header;
  const architecture = text(metadata.get('general.architecture')) ?? 'unknown';
  const own = (key: string): GgufValue | undefined => metadata.get(`${architecture}.${key}`);
  const embeddingLength = whole(own('embedding_length'));
  const heads = largest(own('attention.head_count'));
  const headDim =
    whole(own('attention.key_length')) ??
    (embeddingLength === undefined || heads === undefined || heads === 0
      ? undefined
      : Math.floor(embeddingLength / heads));
  return {
    architecture: architecture.slice(0, 64),
    name: text(metadata.get('general.name'))?.slice(0, 256),
    parameters: tensors.reduce(
      (sum, { dimensions }) => sum + dimensions.reduce((all, one) => all * one, 1),
      0,
    ),
    contextTokens: whole(own('context_length')),
    layers: whole(own('block_count')),
    embeddingLength,
    kvHeads: largest(own('attention.head_count_kv')) ?? heads,
    headDim,
    vocabularySize: arrayLength(metadata.get('tokenizer.ggml.tokens')) ?? whole(own('vocab_size')),
    quantization: quantizationOf(header),
    hasChatTemplate: metadata.has('tokenizer.chat_template'),
    licence: text(metadata.get('general.license'))?.slice(0, 128),
  };
}

function quantizationOf({ metadata, tensors }: GgufHeader): string {
  const fileType = whole(metadata.get('general.file_type'));
  const named = fileType === undefined ? undefined : fileTypeName(fileType);
  if (named !== undefined) return named;
  const valuesByType = new Map<number, number>();
  for (const { type, dimensions } of tensors) {
    valuesByType.set(type, (valuesByType.get(type) ?? 0) + dimensions.reduce((all, one) => all * one, 1));
  }
  const [dominant] = [...valuesByType].sort(([, one], [, other]) => other - one)[0] ?? [];
  return (dominant === undefined ? undefined : tensorTypeName(dominant)) ?? 'unknown';
}

function text(value: GgufValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function whole(value: GgufValue | undefined): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined;
}

/** Some architectures give one number per layer; the largest bounds them all. */
function largest(value: GgufValue | undefined): number | undefined {
  if (typeof value !== 'object') return whole(value);
  const numbers = value.items?.filter((item) => typeof item === 'number') ?? [];
  return numbers.length === 0 ? undefined : whole(Math.max(...numbers));
}

function arrayLength(value: GgufValue | undefined): number | undefined {
  return typeof value === 'object' ? value.length : undefined;
}
