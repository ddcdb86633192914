import type { GgufHeader } from '@flotilla/sizing';

/** Why no text could become tokens; undefined when the tokenizer is whole. */
export function checkTokenizer({ metadata, tensors }: GgufHeader): string | undefined {
  const model = metadata.get('tokenizer.ggml.model');
  if (typeof model !== 'string' || model === 'none' || model === 'no_vocab') return 'it holds no tokenizer';
  const tokens = lengthOf(metadata.get('tokenizer.ggml.tokens'));
  if (tokens === undefined || tokens === 0) return 'its tokenizer has no tokens';
  for (const key of ['scores', 'token_type']) {
    const length = lengthOf(metadata.get(`tokenizer.ggml.${key}`));
    if (length !== undefined && length !== tokens) {
      return `its tokenizer has ${tokens} tokens, but ${length} entries in ${key}`;
    }
  }
  if (model === 'gpt2' && lengthOf(metadata.get('tokenizer.ggml.merges')) === undefined) {
    return 'its byte-pair tokenizer has no merges';
  }
  const embedding = tensors.find(({ name }) => name === 'token_embd.weight');
  const rows = embedding?.dimensions[1];
  if (rows !== undefined && rows !== tokens) {
    return `its tokenizer has ${tokens} tokens, but token_embd.weight has rows for ${rows}`;
  }
  return undefined;
}

function lengthOf(value: unknown): number | undefined {
  return typeof value === 'object' && value !== null && 'length' in value && typeof value.length === 'number'
    ? value.length
    : undefined;
}
