import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { canonicalJson } from './canonical-json.ts';

const text = (value: unknown): string => new TextDecoder().decode(canonicalJson(value));
const shuffled = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shuffled);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, shuffled(member)]),
  );
};

describe('canonicalJson', () => {
  it('gives the example of RFC 8785', () => {
    const value: unknown = JSON.parse(
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],' +
        '"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
    );
    expect(text(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('sorts members by UTF-16 code units, as the RFC shows', () => {
    const keys = ['\u20ac', '\r', '\ufb33', '1', '\u{1f600}', '\u0080', '\u00f6'];
    const value = Object.fromEntries(keys.map((key) => [key, 0]));
    const written = Object.keys(JSON.parse(text(value)) as object);
    expect(written).toEqual(['1', '\r', '\u0080', '\u00f6', '\u20ac', '\u{1f600}', '\ufb33']);
  });

  it('does not depend on the order in which members were written', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(text(shuffled(value))).toBe(text(value));
      }),
    );
  });

  it('is read back by JSON.parse as the same value, and is stable after that', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const once = text(value);
        expect(JSON.parse(once)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(text(JSON.parse(once))).toBe(once);
      }),
    );
  });

  it('leaves undefined members out and writes minus zero as zero', () => {
    expect(text({ b: undefined, a: -0 })).toBe('{"a":0}');
  });

  it('writes a value that is used twice, which is not a cycle', () => {
    const shared = { a: 1 };
    expect(text([shared, shared])).toBe('[{"a":1},{"a":1}]');
  });

  it.each([
    ['NaN', { a: [1, NaN] }, '$.a[1]'],
    ['Infinity', Infinity, '$'],
    ['bigint', { n: 1n }, '$.n'],
    ['a function', [() => 1], '$[0]'],
    ['undefined in an array', [undefined], '$[0]'],
    ['a hole', [, 1], '$[0]'],
    ['undefined', undefined, '$'],
    ['a lone surrogate', { s: '\ud800' }, '$.s'],
    ['a lone surrogate in a key', { '\ud800': 1 }, '$'],
    ['a Date', { at: new Date(0) }, '$.at'],
    ['bytes', { b: new Uint8Array(2) }, '$.b'],
  ])('refuses %s and names its place', (_name, value, place) => {
    expect(() => canonicalJson(value)).toThrow(TypeError);
    expect(() => canonicalJson(value)).toThrow(`${place} `);
  });

  it('refuses a cycle', () => {
    const value: Record<string, unknown> = {};
    value['self'] = [value];
    expect(() => canonicalJson(value)).toThrow('$.self[0] contains itself');
  });
});
