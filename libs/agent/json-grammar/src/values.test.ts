import { expect, test } from 'vitest';

import { Gbnf } from './testing/gbnf.ts';
import { accepted, expectSamplesValid, grammarOf } from '../test/sampled.ts';
import { compileJsonSchema, jsonObjectGrammar } from './index.ts';

/** The texts of `candidates` that the grammar of a schema takes. */
const taken = (schema: unknown, candidates: readonly string[]): string[] => {
  const grammar = grammarOf(schema);
  return candidates.filter((text) => grammar.accepts(text));
};

test('a whole number has one form: no zero before it, no fraction, no exponent, no minus zero', () => {
  const texts = [
    '0',
    '-0',
    '00',
    '01',
    '1.0',
    '1e3',
    '-7',
    '9007199254740991',
    '9007199254740992',
    '+1',
    '-',
  ];
  expect(taken({ type: 'integer' }, texts)).toEqual(['0', '-7', '9007199254740991']);
});

test.each([
  [{ minimum: 9, maximum: 12 }, [9, 10, 11, 12]],
  [{ exclusiveMinimum: -3, maximum: -1 }, [-2, -1]],
  [{ minimum: -1.5, maximum: 1.5 }, [-1, 0, 1]],
  [{ multipleOf: 7, minimum: -14, maximum: 15 }, [-14, -7, 0, 7, 14]],
  [{ multipleOf: 10, minimum: -20, maximum: 20 }, [-20, -10, 0, 10, 20]],
  [{ multipleOf: 4, allOf: [{ multipleOf: 6 }], minimum: 1, maximum: 30 }, [12, 24]],
  [{ minimum: 998, maximum: 1001 }, [998, 999, 1000, 1001]],
])('whole numbers under %j are exactly the right ones', (rules, expected) => {
  const all = Array.from({ length: 2_201 }, (_, index) => index - 1_100);
  expect(accepted({ type: 'integer', ...rules }, all)).toEqual(expected);
});

test('an exclusive bound keeps out every text that a reader rounds to it', () => {
  const schema = { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 0.3 };
  const texts = [
    '0',
    '0.0',
    '0.000',
    '0.3',
    '0.30',
    '0.29999999999999999999',
    '0.29999999999999993',
    '0.1',
    '1e-7',
    '-0.1',
    '5e-324',
    '1e-300',
  ];
  expect(taken(schema, texts)).toEqual(['0.29999999999999993', '0.1', '1e-7', '1e-300']);
});

test('numbers are finite, with the exponents of JSON.stringify', () => {
  const values = [1e308, 1e307, 1.5e300, 1e21, 1e20, 123456.789, 1e-7, 2.5e-300, -1e-9, -1e25, 0.1 + 0.2];
  expect(accepted({ type: 'number' }, values)).toEqual(values.slice(1));
  expect(taken({ type: 'number' }, ['1e999', '1e5', '-0', '.5', '5.', '1E+21', 'NaN'])).toEqual([]);
});

test('a string is written as JSON.stringify writes it', () => {
  const texts = [
    '"a"',
    '"\\n"',
    '"\\u000a"',
    '"\\u001f"',
    '"\\u001F"',
    '"\u001f"',
    '"\\/"',
    '"/"',
    '"é"',
    '"\\u00e9"',
    '"😀"',
    '"\\ud83d\\ude00"',
    '"\\ud800"',
    '"\n"',
    '"\u007f"',
    '"',
  ];
  expect(taken({ type: 'string' }, texts)).toEqual([
    '"a"',
    '"\\n"',
    '"\\u001f"',
    '"/"',
    '"é"',
    '"😀"',
    '"\u007f"',
  ]);
});

test('a length counts characters: an escape and a pair of surrogates are one each', () => {
  const values = ['', '"', '\u0001', '😀', '😀"', 'ab', '\n\\', 'abc'];
  expect(accepted({ type: 'string', minLength: 1, maxLength: 1 }, values)).toEqual(['"', '\u0001', '😀']);
  expect(accepted({ minLength: 2, maxLength: 2, type: 'string' }, values)).toEqual(['😀"', 'ab', '\n\\']);
});

test.each([
  ['unanchored', { pattern: 'b' }, ['b', 'abc', 'a"b\n'], ['', 'a']],
  ['anchored in one branch', { pattern: '^a|b$' }, ['ax', 'xb', 'a'], ['xa', 'bx']],
  ['an end before the end', { pattern: 'a$b*' }, ['a', 'ba'], ['ab']],
  ['characters that need escapes', { pattern: '^["\\\\\\n]+$' }, ['"', '\\', '\n"\\'], ['n', '']],
  ['surrogates as escapes', { pattern: '^[\\ud83d\\ude00-\\u{1f64f}]$' }, ['😀', '🙏'], ['\u{1f650}']],
  ['negated classes and the dot', { pattern: '^[^a].$' }, ['b😀', '\nx'], ['ab', 'b\n']],
  ['Unicode properties', { pattern: '^\\p{Lu}\\P{Lu}$' }, ['Éa', 'Ω1'], ['éa', 'ÉA']],
  ['lookahead at the start', { pattern: '^(?=.*\\d)(?!.*x)[a-z0-9x]{3}$' }, ['a1b'], ['abc', 'x1b']],
  ['lazy and named groups', { pattern: '^(?<n>a+?)(?:b|c){2,3}?$' }, ['abb', 'aacbc'], ['ab']],
  ['a pattern and a length', { pattern: '^(ab)*$', minLength: 3, maxLength: 5 }, ['abab'], ['ab', 'ababab']],
  [
    'a pattern and a format',
    { pattern: '^2024-02', format: 'date' },
    ['2024-02-29'],
    ['2024-02-30', '2024-03-01'],
  ],
  ['two patterns', { allOf: [{ pattern: '^a' }, { pattern: 'z$' }] }, ['az', 'a-z'], ['a', 'z']],
  [
    'a format that only a pattern asks for in its odd form',
    { pattern: ' ', format: 'date-time' },
    ['2024-02-29 10:00:00Z'],
    ['2024-02-29T10:00:00Z'],
  ],
])('strings: %s', (_, rules, inside, outside) => {
  const schema = { type: 'string', ...rules };
  expect(accepted(schema, [...inside, ...outside])).toEqual(inside);
  expectSamplesValid({ schema, count: 8, length: 12 });
});

test.each([
  [
    'date',
    ['2024-02-29', '2000-02-29', '0000-02-29', '9999-12-31'],
    ['2023-02-29', '1900-02-29', '2024-04-31', '2024-13-01', '2024-00-10', '24-01-01'],
  ],
  [
    'time',
    ['00:00:00Z', '23:59:60Z', '12:30:00.5+05:30', '23:59:60-00:00'],
    ['24:00:00Z', '12:00:60Z', '12:00:00', '12:00Z', '12:00:00+24:00'],
  ],
  ['date-time', ['2024-02-29T00:00:00Z'], ['2024-02-29', '2023-02-29T00:00:00Z', '2024-02-29T00:00:00']],
  [
    'uuid',
    ['3F2504E0-4f89-41d3-9a0c-0305e82c3301'],
    ['3f2504e04f8941d39a0c0305e82c3301', 'g3f2504e-4f89-41d3-9a0c-0305e82c3301'],
  ],
  ['ipv4', ['0.0.0.0', '255.249.199.99'], ['256.0.0.1', '01.2.3.4', '1.2.3']],
  [
    'email',
    ["o'neil+a.b@c-d.example.org", 'a@b.c'],
    ['a@b', '.a@b.c', 'a..b@c.d', 'a@-b.c', 'a b@c.d', 'é@b.c'],
  ],
])('the format %s', (format, inside, outside) => {
  const schema = { type: 'string', format };
  const grammar = grammarOf(schema);
  for (const text of outside) expect(grammar.accepts(JSON.stringify(text)), text).toBe(false);
  const texts = expectSamplesValid({ schema, count: 8, length: 40 });
  expect(texts.length).toBe(8);
  const written = inside.filter((text) => !text.includes(':60'));
  for (const text of written) expect(grammar.accepts(JSON.stringify(text)), text).toBe(true);
  expect(accepted({ enum: inside, format }, inside)).toEqual(inside);
  expect(compileJsonSchema({ enum: outside, format }).ok).toBe(false);
});

test('optional properties may be there in any selection, in declared order, with the right commas', () => {
  const schema = {
    type: 'object',
    properties: { a: { const: 1 }, b: { const: 2 }, c: { const: 3 } },
    required: ['b'],
    additionalProperties: false,
  };
  const texts = [
    '{"b":2}',
    '{"a":1,"b":2}',
    '{"b":2,"c":3}',
    '{"a":1,"b":2,"c":3}',
    '{"a": 1, "b": 2}',
    '{}',
    '{"a":1}',
    '{"b":2,}',
    '{,"b":2}',
    '{"c":3,"b":2}',
    '{"b":2 }',
    '{"b":  2}',
    '{"b":2,"b":2}',
    '{"b":2,"x":1}',
  ];
  expect(taken(schema, texts)).toEqual(texts.slice(0, 5));
});

test('keys beyond the declared ones never are a declared one', () => {
  const schema = {
    type: 'object',
    properties: { ab: { const: 1 }, 'q"': { const: 2 } },
    additionalProperties: { type: 'boolean' },
  };
  const texts = [
    '{}',
    '{"ab":1}',
    '{"ab":1,"a":true}',
    '{"abc":true,"a":false}',
    '{"":true}',
    '{"q\\"":2}',
    '{"q":true}',
    '{"ab":true}',
    '{"q\\"":true}',
    '{"x":true,"ab":1}',
    '{"a":1}',
  ];
  expect(taken(schema, texts)).toEqual(texts.slice(0, 7));
});

test('keys by pattern take the schemas of every pattern they match', () => {
  const schema = {
    type: 'object',
    patternProperties: { '^a': { type: 'integer' }, b$: { minimum: 5 } },
    additionalProperties: { type: 'null' },
    propertyNames: { maxLength: 2 },
  };
  const values = [
    { a: 1 },
    { ab: 5 },
    { b: 7.5 },
    { x: null },
    { ab: 4 },
    { b: 4 },
    { x: 1 },
    { abc: 5 },
    { a: 'x' },
  ];
  expect(accepted(schema, values)).toEqual([{ a: 1 }, { ab: 5 }, { b: 7.5 }, { x: null }]);
});

test('an object that lists properties and says nothing of others is closed; one that lists none is open', () => {
  expect(accepted({ type: 'object', properties: { a: {} } }, [{ a: 1 }, { b: 1 }])).toEqual([{ a: 1 }]);
  expect(accepted({ type: 'object', required: ['a'] }, [{ a: 1 }, {}])).toEqual([{ a: 1 }]);
  expect(accepted({ type: 'object' }, [{ b: 1 }, {}])).toEqual([{ b: 1 }, {}]);
});

test.each([
  [{ items: { type: 'integer' }, minItems: 1, maxItems: 2 }, [[1], [1, 2]], [[], [1, 2, 3], ['a']]],
  [
    { prefixItems: [{ const: 1 }, { const: 2 }], items: { const: 3 } },
    [[], [1], [1, 2], [1, 2, 3, 3]],
    [[2], [1, 3]],
  ],
  [{ prefixItems: [{ const: 1 }, false], items: {} }, [[], [1]], [[1, 2]]],
  [
    { prefixItems: [{ const: 1 }], minItems: 2 },
    [
      [1, 'x'],
      [1, 2, 3],
    ],
    [[1]],
  ],
  [{ items: false }, [[]], [[1]]],
  [{ maxItems: 0 }, [[]], [[1]]],
  [
    { items: { type: 'array', items: { $ref: '#/items' }, maxItems: 1 }, minItems: 1 },
    [[[]], [[[[]]], []]],
    [[], [1], [[[], []]]],
  ],
])('arrays under %j', (rules, inside, outside) => {
  expect(accepted({ type: 'array', ...rules }, [...inside, ...outside])).toEqual(inside);
});

test('the merging of allOf, siblings and references holds all of them to the value', () => {
  const schema = {
    $defs: { small: { type: 'object', properties: { n: { maximum: 3 } } } },
    $ref: '#/$defs/small',
    allOf: [
      { properties: { n: { type: 'integer' } }, required: ['n'] },
      { properties: { s: { enum: ['x', 1] } } },
    ],
    properties: { n: { minimum: 2 } },
    anyOf: [{ required: ['s'] }, { properties: { n: { const: 3 } } }],
  };
  const values = [{ n: 3 }, { n: 2, s: 'x' }, { n: 3, s: 1 }, { n: 2 }, { n: 4 }, { n: 2, s: 'y' }];
  expect(accepted(schema, values)).toEqual([{ n: 3 }, { n: 2, s: 'x' }, { n: 3, s: 1 }]);
});

test('branches of oneOf may differ by type, by text, by number or by length', () => {
  const schema = {
    oneOf: [
      { type: 'string', pattern: '^a' },
      { type: 'string', pattern: '^b' },
      { type: 'number', exclusiveMaximum: 0 },
      { type: 'number', minimum: 0 },
      { type: 'array', maxItems: 0 },
      { type: 'array', minItems: 1, items: { type: 'null' } },
    ],
  };
  const values = ['a', 'b', -1.5, 0, [], [null]];
  expect(accepted(schema, [...values, 'c', [1]])).toEqual(values);
});

test('a branch, a property or an item that has no value is left out', () => {
  const never = { allOf: [{ type: 'string' }, { type: 'null' }] };
  expect(accepted({ anyOf: [never, { const: 1 }] }, [1, null, ''])).toEqual([1]);
  expect(
    accepted({ type: 'object', properties: { a: never, b: { const: 1 } } }, [{}, { b: 1 }, { a: 'x' }]),
  ).toEqual([{}, { b: 1 }]);
  expect(accepted({ type: 'array', items: never }, [[], [1]])).toEqual([[]]);
});

test('nullable adds null to the types, not to the enum', () => {
  expect(accepted({ type: 'string', nullable: true, maxLength: 1 }, ['a', null, 'ab'])).toEqual(['a', null]);
  expect(accepted({ type: 'string', nullable: true, enum: ['a'] }, ['a', null])).toEqual(['a']);
});

test('constants of every kind, lone surrogates among them, are written whole', () => {
  const values = ['\ud800', { a: [1, { b: null }], 'k"': 'é' }, [], -0.5, 1e25, 'x'];
  expect(accepted({ enum: values }, values)).toEqual(values);
});

test('the grammar of json_object takes any object and nothing else', () => {
  const grammar = new Gbnf(jsonObjectGrammar());
  const texts = ['{}', '{"a":[1,{"b":null}], "c": "\\n"}', '[]', '1', '{"a":}', ' {}', '{}\n', '{"a" :1}'];
  expect(texts.filter((text) => grammar.accepts(text))).toEqual(texts.slice(0, 2));
});

test('the same schema gives the same grammar', () => {
  const schema = {
    anyOf: [{ type: 'object', properties: { a: { type: 'number' } } }, { $ref: '#/$defs/x' }],
    $defs: { x: { type: 'string', maxLength: 3 } },
  };
  expect(compileJsonSchema(schema)).toEqual(compileJsonSchema(structuredClone(schema)));
});
