import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { adapterFacts, adapterMemory, adapterMisfit, checkAdapter } from './adapter-header.ts';
import type { GgufHeader, GgufTensor, GgufValue } from './parse-gguf-header.ts';

const F32 = 0;
const F16 = 1;
const FLOAT32 = 6;
const tensor = (name: string, dimensions: number[], type = F32): GgufTensor => ({
  name,
  dimensions,
  type,
  offset: 0,
});
const header = (
  metadata: Record<string, GgufValue>,
  tensors: GgufTensor[],
  alphaType = FLOAT32,
): GgufHeader => ({
  version: 3,
  metadata: new Map(Object.entries(metadata)),
  valueTypes: new Map([['adapter.lora.alpha', alphaType]]),
  tensors,
  headerBytes: 0,
  dataOffset: 0,
});

const BASE = header({ 'general.architecture': 'llama' }, [
  tensor('token_embd.weight', [32, 100], F16),
  tensor('output.weight', [32, 100], F16),
  tensor('blk.0.attn_q.weight', [32, 48], F16),
  tensor('blk.0.ffn_up_exps.weight', [32, 64, 4], F16),
]);
const WORDS = {
  'general.architecture': 'llama',
  'general.type': 'adapter',
  'adapter.type': 'lora',
  'adapter.lora.alpha': 16,
};
const Q = [tensor('blk.0.attn_q.weight.lora_a', [32, 8]), tensor('blk.0.attn_q.weight.lora_b', [8, 48])];
const adapter = (tensors = Q, words: Record<string, GgufValue> = WORDS, alphaType = FLOAT32): GgufHeader =>
  header(words, tensors, alphaType);

describe('the header of an adapter', () => {
  it('tells its rank, its alpha and what its factors take in memory', () => {
    expect(adapterFacts(adapter())).toMatchObject({ architecture: 'llama', rank: 8, alpha: 16 });
    expect(adapterMemory(adapter([...Q, tensor('blk.0.attn_norm.weight', [32])]))).toEqual({
      weightsBytes: 4 * (32 * 8 + 8 * 48),
      bytesPerBatchToken: 2 * 4 * 48,
    });
  });

  it('speaks for one that the engine applies, with a norm that it leaves out or without an alpha', () => {
    expect(checkAdapter(adapter())).toBeUndefined();
    expect(checkAdapter(adapter([...Q, tensor('blk.0.attn_norm.weight', [32])]))).toBeUndefined();
    const { 'adapter.lora.alpha': _, ...rest } = WORDS;
    expect(checkAdapter(adapter(Q, rest))).toBeUndefined();
  });

  const [a, b] = Q as [GgufTensor, GgufTensor];
  it.each<[string, GgufHeader, RegExp]>([
    ['of a model', adapter(Q, { ...WORDS, 'general.type': 'model' }), /no adapter/],
    ['of a control vector', adapter(Q, { ...WORDS, 'adapter.type': 'control_vector' }), /control_vector/],
    [
      'of an activated LoRA',
      adapter(Q, { ...WORDS, 'adapter.alora.invocation_tokens': { length: 1 } }),
      /activated/,
    ],
    ['whose alpha is a whole number', adapter(Q, WORDS, 4), /alpha is no finite 32-bit float/],
    ['whose alpha is endless', adapter(Q, { ...WORDS, 'adapter.lora.alpha': Infinity }), /alpha/],
    ['without a factor', adapter([tensor('blk.0.attn_norm.weight', [32])]), /holds no factor/],
    ['with a tensor of its own', adapter([...Q, tensor('blk.0.attn_q.bias', [48])]), /no factor: its name/],
    ['with packed factors', adapter([a, tensor(b.name, b.dimensions, 12)]), /Q4_K/],
    ['with half a pair', adapter([a]), /attn_q\.weight\.lora_b is missing/],
    ['with unequal ranks', adapter([a, tensor(b.name, [4, 48])]), /other ranks/],
    ['without a rank', adapter([tensor(a.name, [32, 0]), tensor(b.name, [0, 48])]), /other ranks/],
  ])('%s is refused with the reason', (_what, given, reason) => {
    expect(checkAdapter(given)).toMatch(reason);
  });
});

describe('an adapter beside a model', () => {
  const fit = (tensors: GgufTensor[]) => adapterMisfit({ adapter: adapter(tensors), base: BASE });

  it('fits where every product has the shape of the tensor that it changes', () => {
    expect(fit(Q)).toBeUndefined();
    // Rows of the embedding are looked up: its factors lie the other way round.
    expect(
      fit([tensor('token_embd.weight.lora_a', [8, 100]), tensor('token_embd.weight.lora_b', [8, 32])]),
    ).toBeUndefined();
    expect(
      fit([
        tensor('blk.0.ffn_up_exps.weight.lora_a', [32, 8, 4]),
        tensor('blk.0.ffn_up_exps.weight.lora_b', [8, 64, 4]),
      ]),
    ).toBeUndefined();
  });

  it('of the embedding does not where the model writes with its embedding too', () => {
    const tensors = BASE.tensors.filter(({ name }) => name !== 'output.weight');
    const embedding = [
      tensor('token_embd.weight.lora_a', [8, 100]),
      tensor('token_embd.weight.lora_b', [8, 32]),
    ];
    expect(adapterMisfit({ adapter: adapter(embedding), base: { ...BASE, tensors } })).toMatch(/also writes/);
    expect(adapterMisfit({ adapter: adapter(), base: { ...BASE, tensors } })).toBeUndefined();
  });

  it('of another architecture does not, whatever its shapes', () => {
    const other = adapter(Q, { ...WORDS, 'general.architecture': 'qwen3' });
    expect(adapterMisfit({ adapter: other, base: BASE })).toMatch(/qwen3.*llama/);
  });

  it('of another size does not, and says which tensor', () => {
    const [a, b] = Q as [GgufTensor, GgufTensor];
    expect(fit([a, tensor(b.name, [8, 47])])).toBe(
      "it changes blk.0.attn_q.weight as one of 32 x 47, and the model's is of 32 x 48",
    );
    expect(fit(Q.map((one) => ({ ...one, name: one.name.replace('blk.0', 'blk.1') })))).toMatch(
      /blk\.1\.attn_q\.weight, which the model does not have/,
    );
  });

  it('fits exactly when no dimension of it was changed', () => {
    const changes = fc.record({ which: fc.nat(1), at: fc.nat(1), to: fc.integer({ min: 1, max: 64 }) });
    fc.assert(
      fc.property(fc.array(changes, { maxLength: 3 }), (all) => {
        const tensors = Q.map(({ name, dimensions }) => tensor(name, [...dimensions]));
        for (const { which, at, to } of all) (tensors[which] as GgufTensor).dimensions[at] = to;
        const changed = adapter(tensors);
        const [a, b] = tensors.map(({ dimensions }) => dimensions) as [number[], number[]];
        const isSound = a[1] === b[0] && a[0] === 32 && b[1] === 48;
        const problem = checkAdapter(changed) ?? adapterMisfit({ adapter: changed, base: BASE });
        expect(problem === undefined).toBe(isSound);
      }),
    );
  });
});
