import { isFormat, isFormatOfAnyString, isFormatOfPattern } from '../language/formats.ts';
import type { GrammarLimits } from '../limits.ts';
import { Refusal } from '../refusal.ts';
import { isJsonObject, type JsonValue } from './json-value.ts';
import { KeywordReader } from './keyword-reader.ts';
import type { Choice, Kind, ListRules, NumberRules, Part, RecordRules, TextRules } from './part.ts';
import { pointerOfRef } from './pointer.ts';

/** Keywords that say nothing about which values are valid. */
export const ANNOTATIONS: ReadonlySet<string> = new Set([
  'title',
  'description',
  'default',
  'example',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
  '$schema',
  '$comment',
  'contentEncoding',
  'contentMediaType',
  'contentSchema',
  'discriminator',
  'id',
]);

/** Keywords that are enforced. Any that is neither here nor an annotation is refused. */
export const ENFORCED: ReadonlySet<string> = new Set([
  '$ref',
  '$defs',
  'definitions',
  '$id',
  'type',
  'nullable',
  'enum',
  'const',
  'anyOf',
  'oneOf',
  'allOf',
  'not',
  'pattern',
  'format',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'items',
  'prefixItems',
  'minItems',
  'maxItems',
  'uniqueItems',
  'properties',
  'required',
  'additionalProperties',
  'patternProperties',
  'propertyNames',
]);

const KINDS: readonly string[] = [
  'null',
  'boolean',
  'string',
  'number',
  'integer',
  'array',
  'object',
] satisfies Kind[];

const NOTHING = {
  kinds: undefined,
  values: [],
  text: { minLength: 0, maxLength: Infinity },
  number: {},
  list: { prefix: [], minItems: 0, maxItems: Infinity },
  record: { properties: new Map<string, string>(), patterns: [], required: [] },
  all: [],
  choices: [],
} satisfies Omit<Part, 'path' | 'never'>;

export function readPart(schema: JsonValue, path: string, limits: GrammarLimits): Part {
  if (typeof schema === 'boolean') return { ...NOTHING, path, never: !schema };
  if (!isJsonObject(schema))
    throw new Refusal({ keyword: '', path, reason: 'a schema must be an object or a boolean' });
  const reader = new KeywordReader(schema, path);
  for (const keyword of Object.keys(schema))
    if (!ENFORCED.has(keyword) && !ANNOTATIONS.has(keyword))
      reader.refuse(keyword, `the keyword ${keyword} is not supported`);
  if (path !== '' && reader.has('$id'))
    reader.refuse('$id', '$id below the root would change what $ref means');
  if (reader.value('uniqueItems') !== undefined && reader.value('uniqueItems') !== false)
    reader.refuse('uniqueItems', 'a grammar cannot compare items with each other');
  return {
    path,
    never: readNever(reader),
    kinds: readKinds(reader),
    values: readValues(reader),
    text: readText(reader, limits),
    number: readNumber(reader),
    list: readList(reader, limits),
    record: readRecord(reader),
    all: readAll(reader),
    choices: readChoices(reader),
  };
}

function readNever(reader: KeywordReader): boolean {
  const not = reader.value('not');
  if (not === undefined) return false;
  if (not === true || (isJsonObject(not) && Object.keys(not).length === 0)) return true;
  return reader.refuse('not', 'not is supported only as {"not": {}}, which allows nothing');
}

function readKinds(reader: KeywordReader): ReadonlySet<Kind> | undefined {
  const type = reader.value('type');
  const nullable = reader.value('nullable');
  if (nullable !== undefined && typeof nullable !== 'boolean')
    reader.refuse('nullable', 'nullable must be true or false');
  if (type === undefined) {
    if (nullable === true) reader.refuse('nullable', 'nullable means nothing without a type');
    return undefined;
  }
  const names = Array.isArray(type) ? type : [type];
  const kinds = names.filter((name): name is Kind => KINDS.some((kind) => kind === name));
  if (names.length === 0 || kinds.length < names.length)
    reader.refuse('type', `type must be of ${KINDS.join(', ')}`);
  return new Set(nullable === true ? [...kinds, 'null'] : kinds);
}

function readValues(reader: KeywordReader): JsonValue[][] {
  const lists: JsonValue[][] = [];
  const listed = reader.value('enum');
  if (listed !== undefined) {
    if (!Array.isArray(listed)) return reader.refuse('enum', 'enum must be a list of values');
    lists.push(listed);
  }
  const constant = reader.value('const');
  if (constant !== undefined) lists.push([constant]);
  return lists;
}

function readText(reader: KeywordReader, limits: GrammarLimits): TextRules {
  const format = reader.string('format');
  if (format !== undefined && !isFormat(format)) {
    const told = reader.has('pattern') || reader.has('allOf');
    if (!isFormatOfAnyString(format) && !(isFormatOfPattern(format) && told))
      reader.refuse('format', `the format ${JSON.stringify(format)} is not supported`);
  }
  return {
    pattern: reader.string('pattern'),
    format: format !== undefined && isFormat(format) ? format : undefined,
    minLength: reader.count('minLength', limits.repetition) ?? 0,
    maxLength: reader.count('maxLength', limits.repetition) ?? Infinity,
  };
}

function readNumber(reader: KeywordReader): NumberRules {
  const multipleOf = reader.number('multipleOf');
  if (multipleOf !== undefined && !(Number.isSafeInteger(multipleOf) && multipleOf > 0))
    reader.refuse('multipleOf', 'multipleOf is supported for whole numbers from 1 only');
  return {
    minimum: reader.number('minimum'),
    exclusiveMinimum: reader.number('exclusiveMinimum'),
    maximum: reader.number('maximum'),
    exclusiveMaximum: reader.number('exclusiveMaximum'),
    multipleOf,
  };
}

function readList(reader: KeywordReader, limits: GrammarLimits): ListRules {
  if (Array.isArray(reader.value('items')))
    reader.refuse('items', 'a list under items is an older draft: use prefixItems');
  return {
    prefix: reader.schemas('prefixItems'),
    items: reader.schema('items'),
    minItems: reader.count('minItems', limits.repetition) ?? 0,
    maxItems: reader.count('maxItems', limits.repetition) ?? Infinity,
  };
}

function readRecord(reader: KeywordReader): RecordRules {
  const properties = reader.schemaMap('properties');
  const required = reader.strings('required');
  // Validators disagree: Ajv passes over a property of this name, and takes it for always present.
  if (properties.has('__proto__') || required.includes('__proto__'))
    reader.refuse('properties', 'a property may not be called __proto__');
  return {
    properties,
    patterns: [...reader.schemaMap('patternProperties')].map(([pattern, schema]) => ({
      pattern,
      schema,
    })),
    additional: reader.schema('additionalProperties'),
    required,
    names: reader.schema('propertyNames'),
  };
}

function readAll(reader: KeywordReader): string[] {
  const all = [...reader.schemas('allOf')];
  const ref = reader.string('$ref');
  if (ref === undefined) return all;
  const target = pointerOfRef(ref);
  if (target === undefined)
    return reader.refuse('$ref', '$ref must point into this same document, as in #/$defs/Name');
  return [target, ...all];
}

function readChoices(reader: KeywordReader): Choice[] {
  return (['anyOf', 'oneOf'] as const)
    .filter((keyword) => reader.has(keyword))
    .map((keyword) => ({ keyword, branches: reader.schemas(keyword) }));
}

/** Every schema that a part names, and every definition that it holds. */
export function schemasUnder(part: Part, schema: JsonValue): string[] {
  const definitions = isJsonObject(schema)
    ? ['$defs', 'definitions'].flatMap((keyword) => [
        ...new KeywordReader(schema, part.path).schemaMap(keyword).values(),
      ])
    : [];
  return [
    ...sameValue(part),
    ...part.list.prefix,
    ...(part.list.items === undefined ? [] : [part.list.items]),
    ...part.record.properties.values(),
    ...part.record.patterns.map((entry) => entry.schema),
    ...(part.record.additional === undefined ? [] : [part.record.additional]),
    ...(part.record.names === undefined ? [] : [part.record.names]),
    ...definitions,
  ];
}

/** The schemas that speak about the very value this part speaks about. */
export function sameValue(part: Part): string[] {
  return [...part.all, ...part.choices.flatMap((choice) => choice.branches)];
}
