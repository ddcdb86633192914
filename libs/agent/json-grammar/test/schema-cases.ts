import fc from 'fast-check';

/** A schema and values that are valid under it, by construction. */
export interface SchemaCase {
  readonly schema: Record<string, unknown>;
  readonly valid: fc.Arbitrary<unknown>;
}

type Cases = fc.Arbitrary<SchemaCase>;

const character = fc
  .oneof(
    { weight: 4, arbitrary: fc.integer({ min: 0x20, max: 0x7e }) },
    { weight: 2, arbitrary: fc.constantFrom(0, 8, 9, 10, 12, 13, 0x1f, 0x22, 0x5c, 0x2f, 0x7f, 0x2028) },
    { weight: 1, arbitrary: fc.integer({ min: 0x80, max: 0xd7ff }) },
    { weight: 1, arbitrary: fc.integer({ min: 0x10000, max: 0x10ffff }) },
  )
  .map((code) => String.fromCodePoint(code));

export const text = (min = 0, max = 8): fc.Arbitrary<string> =>
  fc.array(character, { minLength: min, maxLength: max }).map((characters) => characters.join(''));

const KEYS = [
  'a',
  'b',
  'id',
  'name',
  '',
  'a"b',
  'back\\slash',
  'new\nline',
  'é',
  '😀',
  'constructor',
  'toString',
  'ab',
  'abc',
];

const strings: Cases = fc
  .tuple(fc.nat(4), fc.nat(4), fc.boolean(), fc.boolean())
  .map(([min, more, hasMin, hasMax]) => ({
    schema: {
      type: 'string',
      ...(hasMin ? { minLength: min } : {}),
      ...(hasMax ? { maxLength: min + more } : {}),
    },
    valid: text(hasMin ? min : 0, hasMax ? min + more : min + 9),
  }));

const PATTERNS = [
  '^[a-c]{2,4}$',
  '^(?:foo|ba[rz])+$',
  '^\\d{3}-\\w?$',
  '^[^\\n"]*$',
  '^$|^x',
  '^\\u00e9[\\ud83d\\ude00-\\u{1f64f}]*$',
  '^(?!ab)[a-d]{2}$',
  '^[\\x00-\\x1f\\\\]{1,3}$',
];
const patterns: Cases = fc.constantFrom(...PATTERNS).map((pattern) => ({
  schema: { type: 'string', pattern },
  valid: fc
    .stringMatching(new RegExp(pattern.replace('(?!ab)', ''), 'u'), { size: 'small' })
    .filter((value) => new RegExp(pattern, 'u').test(value) && value.isWellFormed()),
}));

const two = (value: number): string => String(value).padStart(2, '0');
const date = fc
  .date({ min: new Date('0000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
  .map((value) => value.toISOString().slice(0, 10));
const time = fc
  .tuple(
    fc.nat(23),
    fc.nat(59),
    fc.nat(59),
    fc.constantFrom('', '.5', '.123456789'),
    fc.constantFrom('Z', '+02:00', '-23:59'),
  )
  .map(
    ([hour, minute, second, fraction, zone]) =>
      `${two(hour)}:${two(minute)}:${two(second)}${fraction}${zone}`,
  );
const formats: Cases = fc
  .constantFrom<{ format: string; valid: fc.Arbitrary<string> }>(
    { format: 'date', valid: date },
    { format: 'time', valid: time },
    { format: 'date-time', valid: fc.tuple(date, time).map((both) => both.join('T')) },
    { format: 'uuid', valid: fc.uuid() },
    { format: 'ipv4', valid: fc.ipV4() },
    { format: 'email', valid: fc.constantFrom('a@b.co', "o'neil+x.y@mail-1.example.org", 'A_B@x.Y') },
  )
  .map(({ format, valid }) => ({ schema: { type: 'string', format }, valid }));

const bounded = fc
  .tuple(fc.integer({ min: -1_000, max: 1_000 }), fc.nat(500), fc.constantFrom(1, 10, 1e6, 1e10))
  .map(([low, span, scale]) => ({ low: low * scale, high: (low + span) * scale }));

const integers: Cases = fc.oneof(
  fc.constant<SchemaCase>({ schema: { type: 'integer' }, valid: fc.maxSafeInteger() }),
  fc.tuple(bounded, fc.constantFrom('both', 'low', 'high', 'open')).map(([{ low, high }, sides]) => ({
    schema: {
      type: 'integer',
      ...(sides === 'both' || sides === 'low' ? { minimum: low } : {}),
      ...(sides === 'both' || sides === 'high' ? { maximum: high } : {}),
      ...(sides === 'open' ? { exclusiveMinimum: low - 1, exclusiveMaximum: high + 1 } : {}),
    },
    valid: fc
      .integer({ min: 0, max: 1_000_000 })
      .map((at) => low + Math.floor(((high - low) * at) / 1_000_000)),
  })),
  fc
    .tuple(fc.constantFrom(2, 3, 7, 10, 12, 100), fc.integer({ min: -50, max: 50 }), fc.nat(60))
    .map(([factor, low, span]) => ({
      schema: {
        type: 'integer',
        multipleOf: factor,
        minimum: low * factor - 1,
        maximum: (low + span) * factor,
      },
      valid: fc.integer({ min: low, max: low + span }).map((value) => value * factor),
    })),
);

const plain = (value: number): boolean =>
  value === 0 ? !Object.is(value, -0) : Math.abs(value) >= 1e-6 && Math.abs(value) < 1e21;
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const numbers: Cases = fc.oneof(
  fc.constant<SchemaCase>({
    schema: { type: 'number' },
    valid: finite
      .map((value) => (value === 0 ? 0 : value))
      .filter((value) => value === 0 || (Math.abs(value) < 1e308 && Math.abs(value) >= 1e-307)),
  }),
  fc
    .tuple(
      // Without -0, which fast-check takes for less than 0.
      fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((value) => value + 0),
      fc.double({ min: 0.001, max: 1e4, noNaN: true }),
      fc.boolean(),
    )
    .map(([low, span, open]) => {
      const high = low + span;
      return {
        schema: open
          ? { type: 'number', exclusiveMinimum: low, exclusiveMaximum: high }
          : { type: 'number', minimum: low, maximum: high },
        valid: fc
          .double({ min: low, max: high, noNaN: true, minExcluded: open, maxExcluded: open })
          .filter(plain),
      };
    }),
);

const words: Cases = fc.constantFrom<SchemaCase>(
  { schema: { type: 'null' }, valid: fc.constant(null) },
  { schema: { type: 'boolean' }, valid: fc.boolean() },
  { schema: { type: ['boolean', 'null'] }, valid: fc.constantFrom(true, false, null) },
  { schema: { type: ['string', 'integer'] }, valid: fc.oneof(text(), fc.maxSafeInteger()) },
);

const jsonValues = fc
  .jsonValue({ maxDepth: 2 })
  .map((value) => JSON.parse(JSON.stringify(value)) as unknown)
  .filter(
    (value) => JSON.stringify(value).isWellFormed() && !/\\ud[89a-f]|e[-+]3/.test(JSON.stringify(value)),
  );
const enums: Cases = fc.array(jsonValues, { minLength: 1, maxLength: 5 }).map((values) => ({
  schema: values.length === 1 ? { const: values[0] } : { enum: values },
  valid: fc.constantFrom(...values),
}));
const anything: Cases = fc.constant({ schema: {}, valid: jsonValues });

const leaf: Cases = fc.oneof(strings, patterns, formats, integers, numbers, words, enums, anything);

function listOf(item: Cases): Cases {
  return fc.oneof(
    fc.tuple(item, fc.nat(2), fc.nat(3), fc.boolean()).map(([{ schema, valid }, min, more, open]) => ({
      schema: { type: 'array', items: schema, minItems: min, ...(open ? {} : { maxItems: min + more }) },
      valid: fc.array(valid, { minLength: min, maxLength: min + more }),
    })),
    fc
      .tuple(fc.array(item, { minLength: 1, maxLength: 3 }), item, fc.boolean())
      .map(([prefix, rest, closed]) => ({
        schema: {
          type: 'array',
          prefixItems: prefix.map(({ schema }) => schema),
          items: closed ? false : rest.schema,
          minItems: 1,
        },
        valid: fc
          .tuple(
            fc.tuple(...prefix.map(({ valid }) => valid)),
            closed ? fc.constant([]) : fc.array(rest.valid, { maxLength: 2 }),
            fc.integer({ min: 1, max: prefix.length }),
          )
          .map(([first, more, cut]) => (cut < prefix.length ? first.slice(0, cut) : [...first, ...more])),
      })),
  );
}

const objectOf = (entries: readonly (readonly [string, unknown])[]): Record<string, unknown> =>
  Object.fromEntries(entries);

function recordOf(item: Cases): Cases {
  return fc
    .tuple(
      fc.uniqueArray(fc.constantFrom(...KEYS), { maxLength: 4 }),
      fc.array(fc.tuple(item, fc.boolean()), { minLength: 4, maxLength: 4 }),
      fc.option(item),
      fc.constantFrom('plain', 'allOf', 'absent'),
    )
    .map(([keys, members, additional, form]) => {
      const parts = keys.flatMap((key, index) => {
        const member = members[index];
        return member ? [{ key, schema: member[0].schema, valid: member[0].valid, required: member[1] }] : [];
      });
      const required = parts.flatMap((part) => (part.required ? [part.key] : []));
      const properties = (some: typeof parts): Record<string, unknown> =>
        objectOf(some.map((part) => [part.key, part.schema]));
      const extra =
        form === 'plain' && additional
          ? fc.uniqueArray(
              fc.tuple(
                text(0, 3).filter((key) => !keys.includes(key) && key !== '__proto__' && !/^\d+$/.test(key)),
                additional.valid,
              ),
              { selector: ([key]) => key, maxLength: 2 },
            )
          : fc.constant([]);
      const half = Math.ceil(parts.length / 2);
      const schemas = {
        plain: {
          type: 'object',
          properties: properties(parts),
          required,
          additionalProperties: additional?.schema ?? false,
        },
        absent: { type: 'object', properties: properties(parts), required },
        allOf: {
          allOf: [
            { type: 'object', properties: properties(parts.slice(0, half)) },
            { properties: properties(parts.slice(half)), required },
          ],
        },
      };
      return {
        schema: schemas[form],
        valid: fc
          .tuple(
            fc.tuple(
              ...parts.map(({ key, valid, required: must }) =>
                must
                  ? valid.map((value) => [key, value] as const)
                  : fc.option(valid.map((value) => [key, value] as const)),
              ),
            ),
            extra,
          )
          .map(([own, more]) => objectOf([...own.filter((entry) => entry !== null), ...more])),
      };
    });
}

function choiceOf(item: Cases): Cases {
  return fc.oneof(
    fc.array(item, { minLength: 1, maxLength: 3 }).map((branches) => ({
      schema: { anyOf: branches.map(({ schema }) => schema) },
      valid: fc.oneof(...branches.map(({ valid }) => valid)),
    })),
    item.map(({ schema, valid }) => ({
      schema: { anyOf: [schema, { type: 'null' }], title: 'nullable' },
      valid: fc.option(valid),
    })),
    fc.array(item, { minLength: 2, maxLength: 3 }).map((branches) => ({
      schema: {
        oneOf: branches.map(({ schema }, index) => ({
          type: 'object',
          properties: { kind: { const: `k${index}` }, value: schema },
          required: ['kind', 'value'],
          additionalProperties: false,
        })),
      },
      valid: fc.oneof(
        ...branches.map(({ valid }, index) => valid.map((value) => ({ kind: `k${index}`, value }))),
      ),
    })),
  );
}

function recursive(item: Cases): Cases {
  return item.map(({ schema, valid }) => ({
    schema: {
      $ref: '#/$defs/Node',
      $defs: {
        Node: {
          type: 'object',
          properties: {
            value: schema,
            next: { anyOf: [{ $ref: '#/$defs/Node' }, { type: 'null' }] },
            kids: { type: 'array', items: { $ref: '#/$defs/Node' } },
          },
          required: ['value', 'next'],
          additionalProperties: false,
        },
      },
    },
    valid: fc
      .array(valid, { minLength: 1, maxLength: 3 })
      .map((values) =>
        values.reduce<unknown>(
          (next, value) => ({ value, next, ...(next === null ? {} : { kids: [next] }) }),
          null,
        ),
      ),
  }));
}

export const anySchemaCase: Cases = fc.oneof(
  { weight: 3, arbitrary: leaf },
  { weight: 2, arbitrary: listOf(leaf) },
  { weight: 3, arbitrary: recordOf(leaf) },
  { weight: 3, arbitrary: choiceOf(leaf) },
  { weight: 2, arbitrary: recordOf(fc.oneof(leaf, listOf(leaf), recordOf(leaf), choiceOf(leaf))) },
  { weight: 1, arbitrary: listOf(recordOf(leaf)) },
  { weight: 1, arbitrary: recursive(leaf) },
);
