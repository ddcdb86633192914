/** Digits after the point that a bounded number may have. */
export const FRACTION_DIGITS = 24;
/** Digits before the point: JSON.stringify writes an exponent from 1e21. */
export const WHOLE_DIGITS = 21;

const SCALE = 10n ** BigInt(FRACTION_DIGITS);

/** The number times 10^24, rounded up or down where it has more digits. `value` is finite. */
export function scaled(value: number, direction: 'up' | 'down'): bigint {
  const [mantissa = '0', exponent = '0'] = Math.abs(value).toString().split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  const shift = Number(exponent) - fraction.length + FRACTION_DIGITS;
  const digits = BigInt(whole + fraction);
  const sign = value < 0 ? -1n : 1n;
  if (shift >= 0) return sign * digits * 10n ** BigInt(shift);
  const divisor = 10n ** BigInt(-shift);
  const towardsZero = digits / divisor;
  const inexact = digits % divisor !== 0n;
  const away = inexact && (direction === 'up') === value > 0 ? 1n : 0n;
  return sign * (towardsZero + away);
}

/** The digits of a scaled number that is not negative. */
export function digitsOf(value: bigint): { readonly whole: string; readonly fraction: string } {
  return {
    whole: (value / SCALE).toString(),
    fraction: (value % SCALE).toString().padStart(FRACTION_DIGITS, '0'),
  };
}

/** The double next to `value`, above or below it. `value` is finite. */
export function neighbour(value: number, direction: 'up' | 'down'): number {
  const doubles = new Float64Array([value === 0 ? 0 : value]);
  const bits = new BigInt64Array(doubles.buffer);
  const up = direction === 'up';
  if (value === 0) return up ? Number.MIN_VALUE : -Number.MIN_VALUE;
  bits[0] = (bits[0] ?? 0n) + (up === value > 0 ? 1n : -1n);
  return doubles[0] ?? value;
}
