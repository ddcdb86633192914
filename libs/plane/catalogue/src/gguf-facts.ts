import type { GgufFacts } from '@flotilla/contracts';
import { fileTypeName } from './gguf-types.ts';
import type { GgufHeader, GgufValue } from './parse-gguf-header.ts';

export type FactsOutcome = { ok: true; facts: GgufFacts } | { ok: false; reason: string };

/** What a header says of the model, as the catalogue keeps it. Refuses what cannot be served. */
export function factsOfHeader(header: GgufHeader): FactsOutcome {
  const { values } = header;
  const architecture = words(values.get('general.architecture'), 64);
  if (architecture === undefined) return { ok: false, reason: 'the header names no general.architecture' };
  if (header.tensors === 0) return { ok: false, reason: 'the file has no tensors' };
  const splits = count(values.get('split.count')) ?? 1;
  if (splits > 1)
    return { ok: false, reason: `it is one part of ${splits}: merge the parts into one file first` };

  const own = (key: string): number | undefined => count(values.get(`${architecture}.${key}`));
  const embeddingLength = own('embedding_length');
  const heads = own('attention.head_count');
  const tokens = values.get('tokenizer.ggml.tokens');
  const vocabularySize =
    own('vocab_size') ?? (typeof tokens === 'object' && tokens.array > 0 ? tokens.array : undefined);
  const headDim =
    own('attention.key_length') ??
    (embeddingLength !== undefined && heads ? Math.floor(embeddingLength / heads) : undefined);
  const fileType = count(values.get('general.file_type'));

  return {
    ok: true,
    facts: {
      architecture,
      ...defined({
        name: words(values.get('general.name'), 256),
        contextTokens: own('context_length'),
        layers: own('block_count'),
        embeddingLength,
        kvHeads: own('attention.head_count_kv') ?? heads,
        headDim,
        vocabularySize,
        licence: words(values.get('general.license'), 128),
      }),
      parameters: header.parameters,
      quantization:
        (fileType === undefined ? undefined : fileTypeName(fileType)) ??
        header.bytesByType[0]?.type ??
        'unknown',
      hasChatTemplate: values.has('tokenizer.chat_template'),
    },
  };
}

function words(value: GgufValue | undefined, most: number): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, most) : undefined;
}

function count(value: GgufValue | undefined): number | undefined {
  const number = typeof value === 'object' ? value.first : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

function defined<T extends object>(object: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
