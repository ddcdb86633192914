import { describe, expect, it } from 'vitest';
import { repeatsARepetition } from './backtracking.ts';

describe('a pattern', () => {
  it.each([
    '^(([a-z ])+)+$x',
    '(a+)+',
    '(a*)*',
    '(?:a|b+)*',
    '(?<word>\\w+\\s?){2,}',
    '((a{1,})b){3}',
    '(?=(a+)+)',
    '([)]+)+',
    '(a+?)+?',
  ])('that repeats a repetition is named: %s', (pattern) => {
    expect(repeatsARepetition(pattern)).toBe(true);
  });

  it.each([
    '',
    '^[a-z]+ [0-9]*$',
    '(abc)+',
    '(a+)?',
    '(a+)(b+)',
    '(?:yes|no)\\.?',
    '\\(a+\\)+',
    '[(a+)]+',
    '(a{2,3})+',
    '^(?:\\d{4}-\\d{2})$',
  ])('without one is not: %s', (pattern) => {
    expect(repeatsARepetition(pattern)).toBe(false);
  });
});
