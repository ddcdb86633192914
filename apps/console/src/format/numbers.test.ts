import { describe, expect, it } from 'vitest';
import { formatBytes, formatEnergy, formatMoney } from './numbers.ts';
import { formatAgo, formatDuration } from './times.ts';

describe('numbers for people', () => {
  it.each([
    [0, /^0/],
    [999, /^999/],
    [1_000, /^1\s?k/i],
    [4_194_304, /^4[.,]2\s?M/],
    [8e9, /^8\s?G/],
  ])('%d bytes', (bytes, text) => expect(formatBytes(bytes)).toMatch(text));

  it('keeps two digits of a small amount', () => {
    expect(formatMoney({ micro: 1_234, currency: 'EUR' })).toMatch(/0[.,]0012/);
    expect(formatMoney({ micro: 12_340_000, currency: 'EUR' })).toMatch(/12[.,]34/);
  });

  it.each([
    [12, '12 J'],
    [7_200, '2 Wh'],
    [7_200_000, '2 kWh'],
  ])('%d joules', (joules, text) => expect(formatEnergy(joules)).toBe(text));

  it('says how long ago in the largest unit', () => {
    expect(formatAgo(0, 120_000)).toMatch(/2/);
    expect(formatDuration(3_900_000)).toMatch(/1.*5/);
    expect(formatDuration(20)).toBe('20 ms');
  });
});
