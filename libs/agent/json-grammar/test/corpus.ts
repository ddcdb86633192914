import { z } from 'zod';

export interface CorpusEntry {
  readonly name: string;
  readonly schema: unknown;
  /** Values that the grammar must take. */
  readonly valid: readonly unknown[];
  /** Values that it must not take. */
  readonly invalid: readonly unknown[];
}

const Address = z.object({
  street: z.string().max(20),
  zip: z.string().regex(/^\d{5}$/),
  note: z.string().optional(),
});
const Person = z.object({
  name: z.string().min(1).max(30),
  age: z.int().min(0).max(150),
  email: z.email().nullable(),
  address: Address.optional(),
  tags: z.array(z.enum(['a', 'b', 'c'])).max(3),
});
const Shape = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('circle'), radius: z.number().positive().max(100) }),
  z.object({ kind: z.literal('square'), side: z.number().min(0) }),
  z.object({ kind: z.literal('none') }),
]);
const Category = z.object({
  name: z.enum(['x', 'y']),
  get children() {
    return z.array(Category).max(2);
  },
});
const Linked = z.object({
  value: z.int().min(0).max(9),
  get next() {
    return Linked.nullable();
  },
});

const uuid = '3f2504e0-4f89-41d3-9a0c-0305e82c3301';
const zod: readonly (readonly [string, z.ZodType, readonly unknown[], readonly unknown[]])[] = [
  [
    'a person',
    Person,
    [
      { name: 'Ann', age: 3, email: null, tags: [] },
      { name: 'Ann', age: 150, email: 'a@b.co', address: { street: 'x', zip: '12345' }, tags: ['a', 'c'] },
    ],
    [
      { name: '', age: 3, email: null, tags: [] },
      { name: 'A', age: 151, email: null, tags: [] },
      { name: 'A', age: 3, tags: [] },
      { name: 'A', age: 3, email: null, tags: ['d'] },
      { name: 'A', age: 3, email: null, tags: [], more: 1 },
    ],
  ],
  [
    'a discriminated union',
    Shape,
    [{ kind: 'circle', radius: 1.5 }, { kind: 'none' }],
    [
      { kind: 'circle', radius: 0 },
      { kind: 'none', side: 1 },
      { kind: 'circle', side: 1 },
    ],
  ],
  [
    'a recursive category',
    Category,
    [{ name: 'x', children: [{ name: 'y', children: [] }] }],
    [{ name: 'x', children: [{ name: 'y' }] }],
  ],
  [
    'a linked list',
    Linked,
    [{ value: 1, next: { value: 2, next: null } }],
    [{ value: 1 }, { value: 1, next: { value: 10, next: null } }],
  ],
  [
    'a union',
    z.union([z.string().max(5), z.int(), z.boolean(), z.null()]),
    ['ab', -7, true, null],
    ['abcdef', 1.5, [], {}],
  ],
  [
    'a record',
    z.record(z.string().max(3), z.int().min(0)),
    [{}, { abc: 1, '': 2 }],
    [{ abcd: 1 }, { a: -1 }],
  ],
  [
    'a record by an enum',
    z.record(z.enum(['on', 'off']), z.boolean()),
    [{ on: true, off: false }],
    [{ on: true }, { on: true, off: true, x: true }],
  ],
  [
    'a partial record',
    z.partialRecord(z.enum(['on', 'off']), z.boolean()),
    [{}, { off: false }],
    [{ x: true }],
  ],
  [
    'a tuple',
    z.tuple([z.string().max(4), z.int(), z.boolean().nullable()]),
    [['a', 1, null]],
    [
      ['a', 1],
      ['a', 1, null, 1],
      [1, 1, null],
    ],
  ],
  ['a tuple with a rest', z.tuple([z.literal('sum')], z.int()), [['sum'], ['sum', 1, 2]], [[], ['sum', 'x']]],
  [
    'dates and identifiers',
    z.object({ id: z.uuid(), at: z.iso.datetime(), day: z.iso.date(), clock: z.iso.time(), ip: z.ipv4() }),
    [{ id: uuid, at: '2024-02-29T23:59:59Z', day: '2000-02-29', clock: '23:59', ip: '127.0.0.1' }],
    [
      { id: uuid, at: '2023-02-29T23:59:59Z', day: '2000-02-29', clock: '23:59', ip: '127.0.0.1' },
      { id: uuid, at: '2024-02-29T23:59:59Z', day: '1900-02-29', clock: '23:59', ip: '127.0.0.1' },
      { id: uuid, at: '2024-02-29T23:59:59Z', day: '2000-02-29', clock: '24:00', ip: '127.0.0.1' },
      { id: uuid, at: '2024-02-29T23:59:59Z', day: '2000-02-29', clock: '23:59', ip: '127.0.0.256' },
    ],
  ],
  [
    'an intersection',
    z.intersection(z.object({ a: z.boolean() }), z.object({ b: z.null() })),
    [{ a: true, b: null }],
    [{ a: true }, { b: null }],
  ],
  [
    'checks on one string',
    z.string().min(3).max(6).startsWith('a').endsWith('z').includes('q'),
    ['aqz', 'aaqzzz'],
    ['az', 'aaz', 'aqqqqqqz'],
  ],
  [
    'numbers',
    z.object({
      float: z.float32(),
      int: z.int32(),
      step: z.number().nonnegative().multipleOf(5),
      part: z.number().gt(0).lt(1),
    }),
    [{ float: 1.5, int: -2147483648, step: 10, part: 0.25 }],
    [
      { float: 1, int: 2147483648, step: 10, part: 0.25 },
      { float: 1, int: 1, step: 7, part: 0.25 },
      { float: 1, int: 1, step: 5, part: 1 },
    ],
  ],
  ['a literal of many types', z.literal([1, 'a', null, true]), [1, 'a', null, true], [2, 'b', false]],
  [
    'a template literal',
    z.templateLiteral(['v', z.int(), '-', z.enum(['rc', 'ga'])]),
    ['v1-rc'],
    ['v1-', '1-rc'],
  ],
  [
    'a loose object',
    z.looseObject({ id: z.int().min(0).max(9) }),
    [{ id: 1 }, { id: 1, more: [null, { x: 'y' }] }],
    [{ more: 1 }, { id: 10 }],
  ],
  ['an exclusive or', z.xor([z.string().max(3), z.int()]), ['a', 1], [true, 'abcd']],
  [
    'a default and a description',
    z.object({ size: z.enum(['s', 'm']).default('m').describe('how large') }),
    [{ size: 's' }],
    [{ size: 'x' }],
  ],
];

const pydantic: readonly CorpusEntry[] = [
  {
    name: 'a model with Optional, Literal, constrained and nested fields',
    schema: {
      $defs: {
        Priority: { enum: ['low', 'high'], title: 'Priority', type: 'string' },
        Item: {
          properties: {
            sku: { maxLength: 12, minLength: 1, pattern: '^[A-Z0-9-]+$', title: 'Sku', type: 'string' },
            quantity: { exclusiveMinimum: 0, title: 'Quantity', type: 'integer' },
            price: {
              anyOf: [
                { minimum: 0, type: 'number' },
                { pattern: '^(?!^[-+.]*$)[+-]?0*\\d*\\.?\\d*$', type: 'string' },
              ],
              title: 'Price',
            },
          },
          required: ['sku', 'quantity', 'price'],
          title: 'Item',
          type: 'object',
        },
      },
      properties: {
        id: { format: 'uuid', title: 'Id', type: 'string' },
        note: { anyOf: [{ type: 'string', maxLength: 10 }, { type: 'null' }], default: null, title: 'Note' },
        priority: { $ref: '#/$defs/Priority', default: 'low' },
        kind: { const: 'order', default: 'order', title: 'Kind', type: 'string' },
        items: { items: { $ref: '#/$defs/Item' }, maxItems: 2, minItems: 1, title: 'Items', type: 'array' },
        pair: {
          maxItems: 2,
          minItems: 2,
          prefixItems: [{ type: 'integer', minimum: 0, maximum: 99 }, { type: 'boolean' }],
          title: 'Pair',
          type: 'array',
        },
      },
      required: ['id', 'items'],
      title: 'Order',
      type: 'object',
    },
    valid: [
      { id: uuid, items: [{ sku: 'A-1', quantity: 1, price: 0.5 }] },
      {
        id: uuid,
        note: null,
        priority: 'high',
        kind: 'order',
        items: [{ sku: 'A', quantity: 1, price: '1.50' }],
        pair: [1, true],
      },
    ],
    invalid: [
      { id: uuid, items: [] },
      { id: uuid, items: [{ sku: 'a', quantity: 1, price: 1 }] },
      { id: uuid, items: [{ sku: 'A', quantity: 0, price: 1 }] },
      { id: uuid, items: [{ sku: 'A', quantity: 1, price: '-' }] },
    ],
  },
  {
    name: 'a tagged union with a discriminator',
    schema: {
      $defs: {
        Cat: {
          properties: {
            pet: { const: 'cat', title: 'Pet', type: 'string' },
            lives: { maximum: 9, minimum: 1, type: 'integer' },
          },
          required: ['pet', 'lives'],
          title: 'Cat',
          type: 'object',
        },
        Dog: {
          properties: { pet: { enum: ['dog', 'wolf'], type: 'string' }, good: { type: 'boolean' } },
          required: ['pet', 'good'],
          title: 'Dog',
          type: 'object',
        },
      },
      properties: {
        animal: {
          discriminator: {
            mapping: { cat: '#/$defs/Cat', dog: '#/$defs/Dog', wolf: '#/$defs/Dog' },
            propertyName: 'pet',
          },
          oneOf: [{ $ref: '#/$defs/Cat' }, { $ref: '#/$defs/Dog' }],
          title: 'Animal',
        },
      },
      required: ['animal'],
      type: 'object',
    },
    valid: [{ animal: { pet: 'cat', lives: 9 } }, { animal: { pet: 'wolf', good: true } }],
    invalid: [{ animal: { pet: 'cat', good: true } }, { animal: { pet: 'cow', good: true } }],
  },
  {
    name: 'a recursive model with draft 7 definitions',
    schema: {
      $ref: '#/definitions/Tree',
      definitions: {
        Tree: {
          type: 'object',
          properties: {
            label: { type: 'string', maxLength: 3 },
            left: { anyOf: [{ $ref: '#/definitions/Tree' }, { type: 'null' }] },
            right: { anyOf: [{ $ref: '#/definitions/Tree' }, { type: 'null' }] },
          },
          required: ['label', 'left', 'right'],
          additionalProperties: false,
        },
      },
    },
    valid: [{ label: 'a', left: null, right: { label: 'b', left: null, right: null } }],
    invalid: [{ label: 'a', left: null }],
  },
  {
    name: 'dictionaries: constrained keys, models as values',
    schema: {
      type: 'object',
      properties: {
        scores: { type: 'object', additionalProperties: { type: 'integer', minimum: 0, maximum: 10 } },
        by_code: {
          type: 'object',
          patternProperties: { '^[a-z]{2}$': { type: 'string', maxLength: 4 } },
          additionalProperties: false,
        },
        free: { type: 'object', additionalProperties: true },
      },
      required: ['scores'],
      additionalProperties: false,
    },
    valid: [{ scores: { a: 1, '"': 10 } }, { scores: {}, by_code: { de: 'ja' }, free: { x: [1] } }],
    invalid: [{ scores: { a: 11 } }, { scores: {}, by_code: { deu: 'ja' } }],
  },
  {
    name: 'dates, times and addresses',
    schema: {
      type: 'object',
      properties: {
        day: { format: 'date', type: 'string' },
        at: { format: 'date-time', type: 'string' },
        clock: { format: 'time', type: 'string' },
        mail: { format: 'email', type: 'string', maxLength: 30 },
        ip: { format: 'ipv4', type: 'string' },
        secret: { format: 'password', type: 'string', writeOnly: true, maxLength: 5 },
      },
      required: ['day', 'at', 'clock', 'mail', 'ip', 'secret'],
      additionalProperties: false,
    },
    valid: [
      {
        day: '2024-02-29',
        at: '2024-01-31T00:00:00+01:00',
        clock: '12:00:00Z',
        mail: 'a.b@c.de',
        ip: '255.0.0.1',
        secret: '',
      },
    ],
    invalid: [
      {
        day: '2024-02-30',
        at: '2024-01-31T00:00:00Z',
        clock: '12:00:00Z',
        mail: 'a.b@c.de',
        ip: '255.0.0.1',
        secret: '',
      },
      {
        day: '2024-02-29',
        at: '2024-01-31T00:00:00',
        clock: '12:00:00Z',
        mail: 'a.b@c.de',
        ip: '255.0.0.1',
        secret: '',
      },
    ],
  },
];

/** Schemas as people's libraries write them: Zod's made here, Pydantic's by hand. */
export const CORPUS: readonly CorpusEntry[] = [
  ...zod.map(([name, schema, valid, invalid]) => ({
    name: `zod: ${name}`,
    schema: z.toJSONSchema(schema),
    valid,
    invalid,
  })),
  ...pydantic.map((entry) => ({ ...entry, name: `pydantic: ${entry.name}` })),
];
