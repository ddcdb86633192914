import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeValues } from './encode.ts';
import { fromHalfBits } from './half.ts';

const values = (at: (index: number) => number): Float32Array =>
  Float32Array.from({ length: 32 }, (_, i) => at(i));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Blocks with the bytes that ggml's own quantizers gave for them (libggml-base of node-llama-cpp 3.22.1, x86-64). */
const REFERENCE = [
  {
    name: 'a ramp',
    block: values((i) => (i - 16) / 8),
    q8_0: '082481899199a1a9b1b9c0c8d0d8e0e8f0f8000810182028303840474f575f676f77',
    q4_0: '0034809191a2a2b3b3c4c4d5d5e6e6f7f7f8',
  },
  {
    name: 'values half way between two steps',
    block: values((i) => (i === 0 ? -127 : i - 16.5)),
    q8_0: '003c81f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff0102030405060708090a0b0c0d0e0f',
    q4_0: 'f04b80878787878787878798989898989898',
  },
  {
    name: 'zeros',
    block: values(() => 0),
    q8_0: '00'.repeat(34),
    q4_0: `0080${'88'.repeat(16)}`,
  },
  {
    name: 'values whose scale vanishes in a half',
    block: values((i) => (i % 2 === 0 ? 1e-9 * i : -1e-9 * i)),
    q8_0: '000000fc08f410ec19e321db29d331cb39c342ba4ab252aa5aa2629a6b9173897b81',
    q4_0: '0000c848d937d937ea26ea26fb15fb15fc04',
  },
];

describe('tensor encoders', () => {
  it.each(REFERENCE)('encode $name as ggml does', ({ block, q8_0, q4_0 }) => {
    expect(hex(encodeValues('q8_0', block))).toBe(q8_0);
    expect(hex(encodeValues('q4_0', block))).toBe(q4_0);
  });

  it('write f32 and f16 little-endian', () => {
    expect(hex(encodeValues('f32', Float32Array.of(1, -2)))).toBe('0000803f000000c0');
    expect(hex(encodeValues('f16', Float32Array.of(1, -2)))).toBe('003c00c0');
  });

  it('encode blocks independently of their neighbours', () => {
    const two = new Float32Array([...REFERENCE[0]!.block, ...REFERENCE[1]!.block]);
    expect(hex(encodeValues('q8_0', two))).toBe(REFERENCE[0]!.q8_0 + REFERENCE[1]!.q8_0);
    expect(hex(encodeValues('q4_0', two))).toBe(REFERENCE[0]!.q4_0 + REFERENCE[1]!.q4_0);
  });

  const weight = fc.float({ min: -100, max: 100, noNaN: true });
  const block = fc.array(weight, { minLength: 32, maxLength: 32 }).map((list) => Float32Array.from(list));

  it('keep q8_0 within half a step of the block, plus the rounding of the scale', () => {
    fc.assert(
      fc.property(block, (input) => {
        const decoded = decodeQ8_0(encodeValues('q8_0', input));
        const largest = Math.max(...input.map(Math.abs));
        const bound = largest / 127 / 2 + largest / 1024 + 2 ** -17;
        for (const [i, value] of input.entries())
          expect(Math.abs(decoded[i]! - value)).toBeLessThanOrEqual(bound);
      }),
    );
  });

  it('keep q4_0 within one step of the block, plus the rounding of the scale', () => {
    fc.assert(
      fc.property(block, (input) => {
        const decoded = decodeQ4_0(encodeValues('q4_0', input));
        const largest = Math.max(...input.map(Math.abs));
        const bound = largest / 8 + largest / 1024 + 2 ** -21;
        for (const [i, value] of input.entries())
          expect(Math.abs(decoded[i]! - value)).toBeLessThanOrEqual(bound);
      }),
    );
  });
});

function decodeQ8_0(bytes: Uint8Array): number[] {
  const scale = fromHalfBits(bytes[0]! | (bytes[1]! << 8));
  return Array.from(new Int8Array(bytes.slice(2).buffer), (q) => q * scale);
}

function decodeQ4_0(bytes: Uint8Array): number[] {
  const scale = fromHalfBits(bytes[0]! | (bytes[1]! << 8));
  const low = Array.from(bytes.slice(2), (byte) => ((byte & 15) - 8) * scale);
  const high = Array.from(bytes.slice(2), (byte) => ((byte >>> 4) - 8) * scale);
  return [...low, ...high];
}
