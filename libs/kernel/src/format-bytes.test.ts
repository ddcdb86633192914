import { expect, it } from 'vitest';

import { formatBytes } from './format-bytes.ts';

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [999.6, '1 kB'],
  [1500, '1.5 kB'],
  [812_000_000, '812 MB'],
  [999_600_000, '1 GB'],
  [99_960_000, '100 MB'],
  [25_276_502_016, '25.3 GB'],
  [-1_500_000, '-1.5 MB'],
])('writes %d as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

it('writes for people in their own way', () => {
  expect(formatBytes(1_234_000_000, { locale: 'de' })).toBe('1,2\u00a0GB');
});
