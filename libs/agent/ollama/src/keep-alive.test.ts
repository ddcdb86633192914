import { describe, expect, it } from 'vitest';
import { KeepAlive, durationMs } from './keep-alive.ts';

describe('durations', () => {
  it.each([
    [30, 30_000],
    [0, 0],
    [-1, -1_000],
    ['-1', -1_000],
    ['300', 300_000],
    ['5m', 300_000],
    ['1.5h', 5_400_000],
    ['2h45m', 9_900_000],
    ['300ms', 300],
    ['-1m', -60_000],
  ])('reads %j as %j milliseconds', (value, expected) => {
    expect(durationMs(value)).toBeCloseTo(expected);
  });

  it.each([
    ['5m', 300_000],
    [0, 0],
    [-1, Infinity],
    ['-1m', Infinity],
    [1e300, Infinity],
  ])('is for ever below zero and beyond what a date can tell: %j', (value, expected) => {
    expect(KeepAlive.parse(value)).toBe(expected);
  });

  it.each(['', 'soon', '5 m', '5x', 'm', '5m!', '--5m'])('refuses %j', (value) => {
    expect(KeepAlive.safeParse(value).success).toBe(false);
  });
});
