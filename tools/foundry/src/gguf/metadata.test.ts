import { describe, expect, it } from 'vitest';
import { bool, encodeMetadataEntry, f32, i32s, text, texts, u32 } from './metadata.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const KEY = '010000000000000061'; // length 1, "a"

describe('GGUF metadata', () => {
  it.each([
    ['u32', u32(7), '0400000007000000'],
    ['f32', f32(1), '060000000000803f'],
    ['bool', bool(true), '0700000001'],
    ['text in UTF-8', text('é'), '080000000200000000000000c3a9'],
    ['an array of i32', i32s([-1]), '09000000050000000100000000000000ffffffff'],
    ['an array of text', texts(['b']), '09000000080000000100000000000000010000000000000062'],
  ])('stores %s with its type', (_, value, bytes) => {
    expect(hex(encodeMetadataEntry('a', value))).toBe(KEY + bytes);
  });

  it('refuses a key that GGUF does not allow, by name', () => {
    expect(() => encodeMetadataEntry('General.Name', text('x'))).toThrow('"General.Name"');
  });
});
