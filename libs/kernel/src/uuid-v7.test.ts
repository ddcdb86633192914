import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { uuidV7 } from './uuid-v7.ts';

const anyTime = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const anyBytes = fc.uint8Array({ minLength: 10, maxLength: 16 });

describe('uuidV7', () => {
  it('gives the example of RFC 9562', () => {
    const random = Uint8Array.from(Buffer.from('0cc318c4dc0c0c07398f', 'hex'));
    expect(uuidV7({ now: 0x017f22e279b0, random })).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f');
  });

  it('is always lower-case text of version 7 and variant 10', () => {
    fc.assert(
      fc.property(anyTime, anyBytes, (now, random) => {
        expect(uuidV7({ now, random })).toMatch(
          /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
        );
      }),
    );
  });

  it('sorts by time as text', () => {
    fc.assert(
      fc.property(anyTime, anyTime, anyBytes, anyBytes, (one, other, bytes, otherBytes) => {
        fc.pre(one < other);
        expect(uuidV7({ now: one, random: bytes }) < uuidV7({ now: other, random: otherBytes })).toBe(true);
      }),
    );
  });

  it('refuses a time it cannot hold and too few random bytes', () => {
    expect(() => uuidV7({ now: -1, random: new Uint8Array(10) })).toThrow(RangeError);
    expect(() => uuidV7({ now: 1.5, random: new Uint8Array(10) })).toThrow(RangeError);
    expect(() => uuidV7({ now: 0, random: new Uint8Array(9) })).toThrow(RangeError);
  });
});
