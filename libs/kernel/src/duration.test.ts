import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { formatDuration, parseDuration } from './duration.ts';

describe('parseDuration', () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['1.5h', 5_400_000],
    ['1h30m', 5_400_000],
    ['1d2h3m4s5ms', 93_784_005],
    [' 10s ', 10_000],
    ['0', 0],
  ])('reads %s as %i ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', ' ', '30', 's', '-5s', '1m2h', '1s1s', '5 m', '1w', '1e3s', '1h and', '9007199254740993d'])(
    'refuses %j',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );
});

describe('formatDuration', () => {
  it('is read back as the same number', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 12 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });

  it('keeps only the largest units when asked to', () => {
    expect(formatDuration(93_784_005, { parts: 2 })).toBe('1d2h');
  });

  it('marks a negative duration', () => {
    expect(formatDuration(-90_000)).toBe('-1m30s');
  });
});
