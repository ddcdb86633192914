import { parseGgufHeader } from '@flotilla/sizing';
import { describe, expect, it } from 'vitest';
import { ggufFile, type GgufFileOptions } from '../testing/index.ts';
import { checkLoadable } from './check-loadable.ts';

function problemOf(options: GgufFileOptions): string | undefined {
  const parse = parseGgufHeader(ggufFile(options));
  return parse.kind === 'header' ? checkLoadable(parse.header) : expect.fail(parse.kind);
}

const metadata = (changes: NonNullable<GgufFileOptions['metadata']>): GgufFileOptions => ({
  metadata: changes,
});
const without = (name: string): GgufFileOptions => ({
  tensors: (made) => made.filter((tensor) => tensor.name !== name),
});
const changed = (name: string, change: object): GgufFileOptions => ({
  tensors: (made) => made.map((tensor) => (tensor.name === name ? { ...tensor, ...change } : tensor)),
});

describe('a GGUF that is sound', () => {
  it('could be loaded when it has all that the engine needs', () => {
    expect(problemOf({})).toBeUndefined();
    expect(problemOf({ dataBytes: 100_000 })).toBeUndefined();
  });

  it('is given the benefit of the doubt where an architecture has parts of its own', () => {
    const mamba = { 'mamba.context_length': 1, 'mamba.embedding_length': 1, 'mamba.block_count': 9 };
    expect(problemOf(metadata({ 'general.architecture': 'mamba', ...mamba }))).toBeUndefined();
    const experts = without('blk.0.ffn_up.weight');
    expect(problemOf({ ...experts, metadata: { 'llama.expert_count': 8 } })).toBeUndefined();
    const joined = without('blk.0.attn_k.weight').tensors;
    expect(
      problemOf({
        tensors: (made) =>
          joined?.(made).map((tensor) =>
            tensor.name === 'blk.0.attn_q.weight' ? { ...tensor, name: 'blk.0.attn_qkv.weight' } : tensor,
          ) ?? [],
      }),
    ).toBeUndefined();
  });

  it.each<[string, GgufFileOptions, RegExp]>([
    ['of an unknown architecture', metadata({ 'general.architecture': 'nonesuch' }), /not know.*nonesuch/],
    ['that is an adapter', metadata({ 'general.type': 'adapter' }), /LoRA adapter/],
    ['that is a projector', metadata({ 'general.type': 'mmproj' }), /projector/],
    ['without layers', metadata({ 'llama.block_count': 0 }), /block_count/],
    ['without a context', metadata({ 'llama.context_length': undefined }), /context_length/],
    ['without heads', metadata({ 'llama.attention.head_count': undefined }), /head_count/],
    ['without a tokenizer', metadata({ 'tokenizer.ggml.model': undefined }), /no tokenizer/],
    ['that says it has no tokenizer', metadata({ 'tokenizer.ggml.model': 'none' }), /no tokenizer/],
    ['without tokens', metadata({ 'tokenizer.ggml.tokens': undefined }), /no tokens/],
    ['without merges', metadata({ 'tokenizer.ggml.merges': undefined }), /no merges/],
    ['with too few scores', metadata({ 'tokenizer.ggml.scores': { strings: ['1'] } }), /3 tokens, but 1/],
    ['with another vocabulary', metadata({ 'tokenizer.ggml.tokens': { strings: ['a'] } }), /rows for 3/],
    ['with an odd alignment', metadata({ 'general.alignment': 24 }), /power of two/],
    ['with fewer layers than it says', metadata({ 'llama.block_count': 2 }), /blk\.1\.attn_norm.*missing/],
    ['without its embedding', without('token_embd.weight'), /token_embd\.weight is missing/],
    ['without a part of a layer', without('blk.0.ffn_down.weight'), /ffn_down\.weight is missing/],
    [
      'with a tensor of another shape',
      changed('blk.0.attn_k.weight', { dimensions: [32, 32] }),
      /attn_k\.weight is of 32 x 32, but its figures need 32 x 16/,
    ],
    ['with a packed norm', changed('output_norm.weight', { type: 8 }), /output_norm.*Q8_0.*must be of F32/],
    ['with integers for weights', changed('blk.0.attn_q.weight', { type: 25 }), /attn_q.*I16/],
    ['with too many dimensions', changed('output_norm.weight', { dimensions: [32, 1, 1, 1, 1] }), /5 dim/],
    ['with an endless name', changed('output_norm.weight', { name: 'x'.repeat(64) }), /longer than 63/],
  ])('%s is refused with the reason', (_what, options, reason) => {
    expect(problemOf(options)).toMatch(reason);
  });

  it('is refused where its tensors do not follow one another', () => {
    const parse = parseGgufHeader(ggufFile({}));
    if (parse.kind !== 'header') return expect.fail(parse.kind);
    const [first, second, ...rest] = parse.header.tensors;
    if (first === undefined || second === undefined) return expect.fail('too few tensors');
    const tensors = [first, { ...second, offset: second.offset + 32 }, ...rest];
    expect(checkLoadable({ ...parse.header, tensors })).toMatch(/output_norm.*lies at/);
  });
});
