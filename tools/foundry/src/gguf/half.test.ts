import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHalfBits, toHalfBits } from './half.ts';

describe('half precision', () => {
  it.each([
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65_504, 0x7bff],
    [65_519.996, 0x7bff],
    [65_520, 0x7c00],
    [Infinity, 0x7c00],
    [-Infinity, 0xfc00],
    [NaN, 0x7e00],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [1.0000001 * 2 ** -25, 0x0001],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [2047.9999 * 2 ** -25, 0x0400],
  ])('turns %d into the bits of its nearest half, ties to even', (value, bits) => {
    expect(toHalfBits(value)).toBe(bits);
  });

  it('gives every half back as it was', () => {
    const numbers = Array.from({ length: 0x10000 }, (_, bits) => bits).filter(
      (bits) => (bits & 0x7fff) <= 0x7c00,
    );
    expect(numbers.filter((bits) => toHalfBits(fromHalfBits(bits)) !== bits)).toEqual([]);
  });

  it('never has a neighbour that is nearer', () => {
    fc.assert(
      fc.property(fc.float({ min: -65_504, max: 65_504, noNaN: true }), (value) => {
        const bits = toHalfBits(value);
        const error = Math.abs(fromHalfBits(bits) - value);
        for (const neighbour of [bits - 1, bits + 1]) {
          const candidate = fromHalfBits(neighbour & 0xffff);
          if (Number.isFinite(candidate)) expect(error).toBeLessThanOrEqual(Math.abs(candidate - value));
        }
      }),
    );
  });
});
