import { describe, expect, it } from 'vitest';
import { parseRange } from './parse-range.ts';

describe('a byte range', () => {
  it.each([
    ['bytes=0-3', { kind: 'part', start: 0, end: 4 }],
    ['bytes=4-', { kind: 'part', start: 4, end: 10 }],
    ['bytes=-3', { kind: 'part', start: 7, end: 10 }],
    ['bytes=-99', { kind: 'part', start: 0, end: 10 }],
    ['bytes=8-99', { kind: 'part', start: 8, end: 10 }],
    ['bytes=9-9', { kind: 'part', start: 9, end: 10 }],
  ])('%s of ten bytes is a part', (header, expected) => {
    expect(parseRange(header, 10)).toEqual(expected);
  });

  it.each(['bytes=10-', 'bytes=10-12', 'bytes=-0'])('%s of ten bytes cannot be satisfied', (header) => {
    expect(parseRange(header, 10)).toEqual({ kind: 'unsatisfiable' });
  });

  it.each([
    undefined,
    '',
    'bytes=',
    'bytes=-',
    'bytes=3-1',
    'bytes=0-1,4-5',
    'items=0-1',
    'bytes=a-b',
    'bytes=1.5-2',
  ])('%s is answered with the whole', (header) => {
    expect(parseRange(header, 10)).toEqual({ kind: 'whole' });
  });
});
