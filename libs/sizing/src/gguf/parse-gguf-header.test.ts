import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { checkGgufBounds } from './check-gguf-bounds.ts';
import { ggufFacts } from './gguf-facts.ts';
import { parseGgufHeader } from './parse-gguf-header.ts';

type Part = Uint8Array | Part[];
const bytesOf = (part: Part): number[] => (part instanceof Uint8Array ? [...part] : part.flatMap(bytesOf));
const number = (bytes: number, value: number | bigint): Uint8Array => {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(value), true);
  return new Uint8Array(view.buffer).slice(0, bytes);
};
const u32 = (value: number): Uint8Array => number(4, value);
const u64 = (value: number | bigint): Uint8Array => number(8, value);
const text = (value: string): Part => [u64(value.length), new TextEncoder().encode(value)];
const entry = { u32: (key: string, value: number): Part => [text(key), u32(4), u32(value)] };
const string = (key: string, value: string): Part => [text(key), u32(8), text(value)];
const strings = (key: string, values: string[]): Part => [
  text(key),
  u32(9),
  u32(8),
  u64(values.length),
  values.map(text),
];
const u8s = (key: string, length: number): Part => [
  text(key),
  u32(9),
  u32(0),
  u64(length),
  new Uint8Array(length),
];
const tensor = (name: string, dimensions: number[], type: number, offset: number): Part => [
  text(name),
  u32(dimensions.length),
  dimensions.map(u64),
  u32(type),
  u64(offset),
];

function gguf({
  entries = [],
  tensors = [],
  version = 3,
}: {
  entries?: Part[];
  tensors?: Part[];
  version?: number;
} = {}): Uint8Array {
  const magic = new TextEncoder().encode('GGUF');
  return new Uint8Array(
    bytesOf([magic, u32(version), u64(tensors.length), u64(entries.length), entries, tensors]),
  );
}

const MODEL = gguf({
  entries: [
    string('general.architecture', 'llama'),
    string('general.name', 'Harbor'),
    entry.u32('general.file_type', 7),
    entry.u32('llama.context_length', 2048),
    entry.u32('llama.block_count', 4),
    entry.u32('llama.embedding_length', 128),
    entry.u32('llama.attention.head_count', 4),
    entry.u32('llama.attention.head_count_kv', 2),
    strings(
      'tokenizer.ggml.tokens',
      Array.from({ length: 2000 }, (_, index) => `token-${index}`),
    ),
    string('tokenizer.chat_template', '{{ messages }}'),
  ],
  tensors: [tensor('token_embd.weight', [128, 2000], 8, 0), tensor('norm.weight', [128], 0, 272_000)],
});

describe('reading a GGUF header', () => {
  it('says what the catalogue asks', () => {
    const parse = parseGgufHeader(MODEL);
    if (parse.kind !== 'header') return expect.fail(parse.kind);
    expect(ggufFacts(parse.header)).toEqual({
      architecture: 'llama',
      name: 'Harbor',
      parameters: 256_128,
      contextTokens: 2048,
      layers: 4,
      embeddingLength: 128,
      kvHeads: 2,
      headDim: 32,
      vocabularySize: 2000,
      quantization: 'Q8_0',
      hasChatTemplate: true,
    });
    expect(parse.header.headerBytes).toBe(MODEL.length);
    expect(parse.header.dataOffset % 32).toBe(0);
  });

  it('asks for more bytes wherever it is cut, never for fewer than it has, and is satisfied in the end', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: MODEL.length - 1 }), (length) => {
        const parse = parseGgufHeader(MODEL.subarray(0, length));
        if (parse.kind !== 'incomplete') return expect.fail(parse.kind);
        expect(parse.neededBytes).toBeGreaterThan(length);
        expect(parse.neededBytes).toBeLessThanOrEqual(MODEL.length);
      }),
    );
    expect(parseGgufHeader(MODEL).kind).toBe('header');
  });

  it('ends with an answer and never throws, whatever bytes change', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(MODEL.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        (changes) => {
          const bytes = MODEL.slice();
          for (const [at, value] of changes) bytes[at] = value;
          const parse = parseGgufHeader(bytes);
          if (parse.kind !== 'header') return;
          checkGgufBounds(parse.header, 1_000_000);
          ggufFacts(parse.header);
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each([
    ['another kind of file', new TextEncoder().encode('PK\u0003\u0004 not a model at all')],
    ['version 1', gguf({ version: 1 })],
    ['a count that no model has', new Uint8Array([...MODEL.subarray(0, 8), ...u64(2n ** 40n), ...u64(1)])],
    ['a string longer than any', gguf({ entries: [[u64(2n ** 40n)]] })],
    ['a number out of range', gguf({ entries: [[u64(2n ** 63n)]] })],
    [
      'more short arrays than any model has',
      gguf({ entries: Array.from({ length: 65 }, (_, at) => u8s(`a${at}`, 1024)) }),
    ],
    ['a header longer than any', gguf({ entries: [[text('a'), u32(9), u32(0), u64(100_000_000)]] })],
    ['arrays of arrays', gguf({ entries: [[text('a'), u32(9), u32(9), u64(1)]] })],
    ['an unknown type of value', gguf({ entries: [[text('a'), u32(13)]] })],
    ['an odd alignment', gguf({ entries: [entry.u32('general.alignment', 7)] })],
  ])('refuses %s', (_, bytes) => {
    expect(parseGgufHeader(bytes)).toMatchObject({ kind: 'invalid', reason: expect.any(String) });
  });
});

describe('the bounds of the tensors', () => {
  const header = (tensors: Part[]) => {
    const parse = parseGgufHeader(gguf({ tensors }));
    return parse.kind === 'header' ? parse.header : expect.fail(parse.kind);
  };
  const boundsOf = (tensors: Part[], dataBytes: number): string | undefined => {
    const parsed = header(tensors);
    return checkGgufBounds(parsed, parsed.dataOffset + dataBytes);
  };

  it('are met by a file of exactly the right length and broken by one byte less', () => {
    const tensors = [tensor('a', [32, 4], 8, 0), tensor('b', [256], 12, 136)];
    expect(boundsOf(tensors, 136 + 144)).toBeUndefined();
    expect(boundsOf(tensors, 136 + 143)).toContain('truncated');
  });

  it.each([
    ['no tensor', []],
    ['a name twice', [tensor('a', [1], 0, 0), tensor('a', [1], 0, 4)]],
    ['an unknown type', [tensor('a', [32], 200, 0)]],
    ['a row that is not whole blocks', [tensor('a', [33], 8, 0)]],
    ['a size beyond counting', [tensor('a', [2 ** 30, 2 ** 30, 2 ** 30], 0, 0)]],
  ])('refuse %s', (_, tensors) => {
    expect(boundsOf(tensors, 1e9)).toEqual(expect.any(String));
  });
});
