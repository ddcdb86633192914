import { z } from 'zod';

export type JsonSchema = Record<string, unknown>;
type Io = 'input' | 'output';

/** Schemas by name, collected while a document refers to them. */
export interface SchemaPool {
  /** The JSON Schema of a zod one: a reference where it has an id, itself where it has none. */
  refer(schema: z.ZodType, io: Io): JsonSchema;
  /** The finished document: every reference points to a component, and `schemas` holds all of them. */
  finish<T>(document: T): { document: T; schemas: Record<string, JsonSchema> };
}

const COMPONENT = '#/components/schemas/';

/**
 * A schema with defaults reads two ways: in a request its defaulted members may be missing, in an answer they never are.
 * Where the two differ, what is sent gets the name with `Input` behind it.
 */
export function createSchemaPool(): SchemaPool {
  const used: Record<Io, Map<string, JsonSchema>> = { input: new Map(), output: new Map() };
  return {
    refer(schema, io) {
      const { $schema: _, $defs = {}, ...root } = toJsonSchema(schema, io);
      for (const [name, { id: _id, ...definition }] of Object.entries($defs as Record<string, JsonSchema>)) {
        used[io].set(
          name,
          rename(definition, (ref) => markOf(ref, io)),
        );
      }
      return rename(root, (ref) => markOf(ref, io));
    },
    finish(document) {
      const twoWays = namesThatDiffer(used);
      const resolve = (ref: string) => {
        const [io, name = ''] = ref.split(':');
        return `${COMPONENT}${io === 'input' && twoWays.has(name) ? `${name}Input` : name}`;
      };
      const schemas: Record<string, JsonSchema> = {};
      for (const [name, schema] of used.output) schemas[name] = rename(schema, resolve);
      for (const [name, schema] of used.input) {
        schemas[twoWays.has(name) ? `${name}Input` : name] = rename(schema, resolve);
      }
      return { document: rename(document, resolve), schemas: sorted(schemas) };
    },
  };
}

function toJsonSchema(schema: z.ZodType, io: Io): JsonSchema {
  return z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      // Readers are lenient: an answer may gain fields. Only strict requests say that they take no others.
      if (io === 'output' && zodSchema._zod.def.type === 'object') delete jsonSchema.additionalProperties;
      // Zod writes the bounds of safe integers everywhere; they say nothing.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
    },
  });
}

/** `#/$defs/Device` as `output:Device`, until it is known which names have two readings. */
function markOf(ref: string, io: Io): string {
  return `${io}:${ref.replace('#/$defs/', '')}`;
}

/** Names used both ways whose readings differ, themselves or in what they refer to. */
function namesThatDiffer(used: Record<Io, Map<string, JsonSchema>>): Set<string> {
  const shared = [...used.input.keys()].filter((name) => used.output.has(name));
  const plain = (schema: JsonSchema | undefined) =>
    JSON.stringify(rename(schema ?? {}, (ref) => ref.split(':')[1] ?? ref));
  const differ = new Set(
    shared.filter((name) => plain(used.input.get(name)) !== plain(used.output.get(name))),
  );
  for (let before = -1; before !== differ.size;) {
    before = differ.size;
    for (const name of shared) {
      const text = JSON.stringify(used.input.get(name));
      if ([...differ].some((other) => text.includes(`"input:${other}"`))) differ.add(name);
    }
  }
  return differ;
}

/** A copy with every `$ref` rewritten. */
function rename<T>(value: T, to: (ref: string) => string): T {
  if (Array.isArray(value)) return value.map((item: unknown) => rename(item, to)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]: [string, unknown]) => [
      key,
      key === '$ref' && typeof member === 'string' && /^(?:#\/\$defs\/|input:|output:)/.test(member)
        ? to(member)
        : rename(member, to),
    ]),
  ) as T;
}

function sorted(schemas: Record<string, JsonSchema>): Record<string, JsonSchema> {
  return Object.fromEntries(Object.entries(schemas).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
