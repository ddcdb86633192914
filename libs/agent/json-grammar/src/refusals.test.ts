import { expect, test } from 'vitest';

import { compileJsonSchema, type GrammarLimits } from './index.ts';

interface Refused {
  readonly schema: unknown;
  readonly keyword: string;
  readonly path?: string;
  readonly limits?: Partial<GrammarLimits>;
}

const deep = (levels: number): unknown => (levels === 0 ? {} : { items: deep(levels - 1) });

const REFUSED: Record<string, Refused> = {
  'an unknown keyword': {
    schema: { type: 'object', properties: { a: { contains: {} } } },
    keyword: 'contains',
    path: '/properties/a',
  },
  'an unknown keyword in a definition that nothing uses': {
    schema: { $defs: { a: { if: {} } } },
    keyword: 'if',
    path: '/$defs/a',
  },
  'not, but for the empty one': { schema: { not: { type: 'string' } }, keyword: 'not' },
  'items that must be unique': { schema: { type: 'array', uniqueItems: true }, keyword: 'uniqueItems' },
  'counted properties': { schema: { type: 'object', minProperties: 1 }, keyword: 'minProperties' },
  'an unknown format': { schema: { type: 'string', format: 'uri' }, keyword: 'format' },
  'a name of a Zod check without the pattern beside it': {
    schema: { type: 'string', format: 'includes' },
    keyword: 'format',
  },
  'an unknown type': { schema: { type: 'text' }, keyword: 'type' },
  'a tuple as older drafts write it': { schema: { items: [{}] }, keyword: 'items' },
  'a reference into another document': { schema: { $ref: 'https://example.org/a' }, keyword: '$ref' },
  'a reference to nothing': {
    schema: { properties: { a: { $ref: '#/$defs/b' } } },
    keyword: '$ref',
    path: '/properties/a',
  },
  'a reference to itself': { schema: { anyOf: [{ $ref: '#' }, { type: 'null' }] }, keyword: '$ref' },
  'an identifier below the root': {
    schema: { $defs: { a: { $id: 'x' } } },
    keyword: '$id',
    path: '/$defs/a',
  },
  'a back reference': { schema: { pattern: '^(a)\\1$' }, keyword: 'pattern' },
  'a lookbehind': { schema: { pattern: '(?<!a)b' }, keyword: 'pattern' },
  'a lookahead that is not at the start': { schema: { pattern: '^a(?=b)' }, keyword: 'pattern' },
  'a word boundary': { schema: { pattern: '\\bfoo\\b' }, keyword: 'pattern' },
  'a pattern that is none': { schema: { pattern: '(' }, keyword: 'pattern' },
  'a pattern of very many groups in each other': {
    schema: { pattern: `${'(?:'.repeat(2_000)}a${')'.repeat(2_000)}` },
    keyword: 'pattern',
  },
  'a pattern of groups in each other that no engine reads': {
    schema: { pattern: `${'(?:'.repeat(12_000)}a${')'.repeat(12_000)}` },
    keyword: 'pattern',
  },
  'a pattern that asks for many Unicode properties': {
    schema: { pattern: '[\\p{Lu}\\p{Ll}\\p{Lt}\\P{Lm}\\p{Lo}]' },
    keyword: 'pattern',
    limits: { steps: 300_000 },
  },
  'a pattern that needs too many states': { schema: { pattern: '^(a|b)*a(a|b){20}$' }, keyword: 'pattern' },
  'a pattern in a pattern in a pattern': {
    schema: { pattern: '((a{0,90}){0,90}){0,90}' },
    keyword: 'pattern',
  },
  'a fraction under multipleOf': { schema: { type: 'number', multipleOf: 0.1 }, keyword: 'multipleOf' },
  'multiples that are neither few nor near': {
    schema: { type: 'integer', multipleOf: 9973 },
    keyword: 'multipleOf',
  },
  'whole numbers that are not exact': { schema: { type: 'integer', minimum: 1e18 }, keyword: 'minimum' },
  'numbers bounded far out': { schema: { type: 'number', minimum: 1e22 }, keyword: 'minimum' },
  'branches that overlap': {
    schema: { oneOf: [{ minimum: 0, type: 'number' }, { type: 'integer' }] },
    keyword: 'oneOf',
  },
  'branches that share only numbers too small to be written by both': {
    schema: {
      oneOf: [
        { type: 'number', exclusiveMinimum: 0 },
        { type: 'number', maximum: 1e-25 },
      ],
    },
    keyword: 'oneOf',
  },
  'branches that share only numbers too large to be written by both': {
    schema: {
      oneOf: [
        { type: 'number', minimum: 9_007_199_254_740_985 },
        { type: 'integer', multipleOf: 1_000 },
      ],
    },
    keyword: 'oneOf',
  },
  'branches that one object may satisfy together': {
    schema: {
      oneOf: [
        { type: 'object', properties: { a: {} }, required: ['a'] },
        { type: 'object', properties: { b: {} }, required: ['b'] },
      ],
    },
    keyword: 'oneOf',
  },
  'an overlap that only an enum hides': {
    schema: { oneOf: [{ enum: ['a', 'b'] }, { type: 'string', pattern: '^a' }] },
    keyword: 'oneOf',
  },
  'branches told apart by an optional key': {
    schema: {
      properties: {
        x: {
          oneOf: [
            { type: 'object', properties: { k: { const: 1 } } },
            { type: 'object', properties: { k: { const: 2 } } },
          ],
        },
      },
    },
    keyword: 'oneOf',
    path: '/properties/x',
  },
  'a property that Ajv does not check': {
    schema: JSON.parse('{"properties":{"__proto__":{}}}'),
    keyword: 'properties',
  },
  'no type left': { schema: { allOf: [{ type: 'string' }, { type: 'number' }] }, keyword: '' },
  'an empty enum': { schema: { enum: [] }, keyword: '' },
  'an enum of another type': { schema: { type: 'string', enum: [1] }, keyword: '' },
  'a list that never ends': {
    schema: { type: 'object', properties: { next: { $ref: '#' } }, required: ['next'] },
    keyword: '',
  },
  'a length beyond a pattern': { schema: { type: 'string', pattern: '^a{2}$', minLength: 3 }, keyword: '' },
  'bounds without a whole number between': {
    schema: { type: 'integer', exclusiveMinimum: 1, exclusiveMaximum: 2 },
    keyword: '',
  },
  'a key that a closed part forbids': {
    schema: {
      allOf: [{ type: 'object', properties: { a: {} }, additionalProperties: false }, { required: ['b'] }],
    },
    keyword: '',
  },
  'something that is no schema': { schema: 'string', keyword: '' },
  'something that is no JSON': { schema: { const: undefined, default: Number.NaN }, keyword: '' },
  'a deep schema': { schema: deep(70), keyword: '' },
  'a large schema': { schema: { description: 'é'.repeat(33_000) }, keyword: '' },
  'a long repetition': { schema: { type: 'string', maxLength: 10_000 }, keyword: 'maxLength' },
  'a repetition over the caller’s limit': {
    schema: { type: 'array', minItems: 11 },
    keyword: 'minItems',
    limits: { repetition: 10 },
  },
  'a large grammar': { schema: { type: 'array', maxItems: 500 }, keyword: '', limits: { rules: 300 } },
  'choices that multiply': {
    schema: {
      allOf: Array.from({ length: 12 }, (_, at) => ({ anyOf: [{ minimum: at }, { maximum: -at }] })),
    },
    keyword: '',
  },
};

test.each(Object.entries(REFUSED))('refuses %s', (_, { schema, keyword, path = '', limits }) => {
  const compiled = compileJsonSchema(schema, limits);
  expect(compiled).toMatchObject({ ok: false, problem: { keyword, path } });
  if (!compiled.ok) expect(compiled.problem.reason).not.toBe('');
});

test('a schema that would take long is refused by the same step on every machine', () => {
  const schema = { type: 'string', pattern: '^(a|b)*a(a|b){12}$' };
  const first = compileJsonSchema(schema, { steps: 20_000 });
  expect(first).toMatchObject({ ok: false, problem: { keyword: 'pattern' } });
  expect(compileJsonSchema(schema, { steps: 20_000 })).toEqual(first);
});
