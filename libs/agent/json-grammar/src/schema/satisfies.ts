import { takes } from '../automaton/dfa.ts';
import { formatPatterns } from '../language/formats.ts';
import type { TextLanguages } from '../language/text-language.ts';
import { isJsonObject, sameJson, type JsonObject, type JsonValue } from './json-value.ts';
import type { Kind, Part } from './part.ts';
import type { Parts } from './read-schema.ts';

interface Context {
  readonly parts: Parts;
  readonly languages: TextLanguages;
}

/**
 * Whether a value is valid, for picking the members of an `enum`.
 * A `oneOf` about the value itself counts as `anyOf`, since its branches are proven disjoint elsewhere; one inside the value is exact.
 */
export function satisfies(context: Context, path: string, value: JsonValue, inside = false): boolean {
  const part = context.parts.get(path);
  if (!part || part.never) return false;
  const holds = (other: string): boolean => satisfies(context, other, value, inside);
  return (
    (part.kinds === undefined || kindsOf(value).some((kind) => part.kinds?.has(kind))) &&
    part.values.every((list) => list.some((item) => sameJson(item, value))) &&
    part.all.every(holds) &&
    part.choices.every(({ keyword, branches }) => {
      const count = branches.filter(holds).length;
      return keyword === 'oneOf' && inside ? count === 1 : count > 0;
    }) &&
    satisfiesRules(context, part, value)
  );
}

function kindsOf(value: JsonValue): Kind[] {
  if (value === null) return ['null'];
  if (typeof value === 'boolean') return ['boolean'];
  if (typeof value === 'string') return ['string'];
  if (typeof value === 'number') return Number.isInteger(value) ? ['integer', 'number'] : ['number'];
  return Array.isArray(value) ? ['array'] : ['object'];
}

function satisfiesRules(context: Context, part: Part, value: JsonValue): boolean {
  if (typeof value === 'string') return satisfiesText(context, part, value);
  if (typeof value === 'number') return satisfiesNumber(part, value);
  if (Array.isArray(value)) return satisfiesList(context, part, value);
  return isJsonObject(value) ? satisfiesRecord(context, part, value) : true;
}

function satisfiesText({ languages }: Context, { text }: Part, value: string): boolean {
  const length = [...value].length;
  return (
    length >= text.minLength &&
    length <= text.maxLength &&
    (text.pattern === undefined || takes(languages.pattern(text.pattern), value)) &&
    (text.format === undefined || takes(languages.pattern(formatPatterns(text.format).valid), value))
  );
}

function satisfiesNumber({ number }: Part, value: number): boolean {
  return (
    value >= (number.minimum ?? -Infinity) &&
    value > (number.exclusiveMinimum ?? -Infinity) &&
    value <= (number.maximum ?? Infinity) &&
    value < (number.exclusiveMaximum ?? Infinity) &&
    (number.multipleOf === undefined || value % number.multipleOf === 0)
  );
}

function satisfiesList(context: Context, { list }: Part, value: readonly JsonValue[]): boolean {
  return (
    value.length >= list.minItems &&
    value.length <= list.maxItems &&
    value.every((item, index) => {
      const schema = list.prefix[index] ?? list.items;
      return schema === undefined || satisfies(context, schema, item, true);
    })
  );
}

function satisfiesRecord(context: Context, { record }: Part, value: JsonObject): boolean {
  return (
    record.required.every((key) => Object.hasOwn(value, key)) &&
    Object.entries(value).every(
      ([key, item]) =>
        schemasOfKey(context.languages, record, key).every((schema) =>
          satisfies(context, schema, item, true),
        ) &&
        (record.names === undefined || satisfies(context, record.names, key, true)),
    )
  );
}

/** The schemas that one part asks of the value under a key. */
export function schemasOfKey(languages: TextLanguages, record: Part['record'], key: string): string[] {
  const property = record.properties.get(key);
  const schemas = property === undefined ? [] : [property];
  for (const { pattern, schema } of record.patterns)
    if (takes(languages.pattern(pattern), key)) schemas.push(schema);
  if (schemas.length > 0 || record.additional === undefined) return schemas;
  return [record.additional];
}
