import fc from 'fast-check';

/** Small values of every type: enough to tell most schemas of `wildSchema` apart. */
export const UNIVERSE: readonly unknown[] = [
  null,
  true,
  false,
  0,
  1,
  2,
  3,
  5,
  6,
  10,
  12,
  15,
  -1,
  -2,
  -6,
  0.5,
  1.5,
  2.25,
  -0.5,

  1e-7,
  99,
  100,
  '',
  'a',
  'b',
  'ab',
  'ba',
  'aab',
  'abc',
  '1',
  '12',
  '😀',
  '😀a',
  '"',
  '\\',
  '\n',
  'é',
  '2024-02-29',
  '2023-02-29',
  '10:00:00Z',
  '1.2.3.4',
  [],
  [1],
  ['a'],
  [1, 'a'],
  [1, 2, 3],
  [null, null],
  [[]],
  [{ a: 1 }],
  {},
  { a: 1 },
  { a: 'a' },
  { b: 2 },
  { a: 1, b: 2 },
  { a: 'a', b: null },
  { a: null },
  { ab: 1 },
  { a: 1, ab: 'x' },
  { a: { a: 1 } },
  { a: [1] },
];

const bound = fc.constantFrom(-2, -1, -0.5, 0, 0.5, 1, 1.5, 2, 3, 6, 12, 99.5);
const count = fc.nat(3);
const pattern = fc.constantFrom(
  'a',
  '^a',
  'b$',
  '^[ab]+$',
  '^.$',
  '^(?!a).*$',
  '\\d',
  '^$',
  '[^a]',
  '^a{1,2}b?$',
  '\\\\|"',
  '\\p{Ll}',
  '^(?=a)(?!aa)',
  '^a|b$',
);
const type = fc.constantFrom('null', 'boolean', 'string', 'number', 'integer', 'array', 'object');
const key = fc.constantFrom('a', 'b', 'ab');
const universe = fc.constantFrom(...UNIVERSE);
const PICK = { requiredKeys: [] };

type Schema = fc.Arbitrary<unknown>;

const scalars: readonly Schema[] = [
  fc.constantFrom(true, {}, false),
  fc.record({ type: fc.oneof(type, fc.uniqueArray(type, { minLength: 1, maxLength: 3 })) }),
  fc.record({ type: fc.constant('string'), pattern, minLength: count, maxLength: count }, PICK),
  fc.record({ pattern, format: fc.constantFrom('date', 'time', 'ipv4'), maxLength: fc.nat(12) }, PICK),
  fc.record({ type: fc.constantFrom('number', 'integer'), minimum: bound, maximum: bound }, PICK),
  fc.record(
    { exclusiveMinimum: bound, exclusiveMaximum: bound, multipleOf: fc.constantFrom(1, 2, 3, 5) },
    PICK,
  ),
  fc.record({ enum: fc.array(universe, { minLength: 1, maxLength: 6 }) }),
  fc.record({ const: universe }),
];

function wild(depth: number, refs: readonly string[]): Schema {
  const named = refs.map((ref) => fc.constant({ $ref: ref }));
  if (depth === 0) return fc.oneof(...scalars, ...named);
  const below = wild(depth - 1, refs);
  const some = fc.array(below, { minLength: 1, maxLength: 3 });
  const byKey = fc.dictionary(key, below, { maxKeys: 3, noNullPrototype: true });
  const groups: readonly Schema[] = [
    fc.record(
      { type: fc.constant('array'), items: below, prefixItems: some, minItems: count, maxItems: count },
      PICK,
    ),
    fc.record(
      {
        type: fc.constant('object'),
        properties: byKey,
        required: fc.uniqueArray(key, { maxLength: 2 }),
        additionalProperties: below,
      },
      PICK,
    ),
    fc.record(
      {
        properties: byKey,
        patternProperties: fc.dictionary(fc.constantFrom('^a', 'b'), below, {
          maxKeys: 2,
          noNullPrototype: true,
        }),
        propertyNames: below,
      },
      PICK,
    ),
    fc.record({ anyOf: some }),
    fc.record({ oneOf: some }),
    fc.record({ allOf: some }),
  ];
  const one = fc.oneof(below, ...groups, ...groups);
  const mixed = fc
    .tuple(one, one)
    .map(([a, b]) => (typeof a === 'object' && typeof b === 'object' ? { ...a, ...b } : b));
  return fc.oneof(one, one, mixed);
}

/** Any mixture of the supported keywords, contradictions included. */
export const wildSchema: fc.Arbitrary<Record<string, unknown>> = fc
  .tuple(wild(2, ['#/$defs/one', '#/$defs/two']), wild(1, []), wild(1, ['#/$defs/one']))
  .map(([root, one, two]) => ({ allOf: [root], $defs: { one, two } }));
