import { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';

/** What `.meta({...})` of a configuration field says. */
export interface ConfigMeta {
  /** One sentence: what it does, and its trap where it has one. */
  description: string;
  /** The environment variable that sets it, `FLOTILLA_...`. Without one it cannot be set by the environment. */
  env?: string;
  /** Never shown; may also be given as a file whose path is in `<env>_FILE`. Default false. */
  secret?: boolean;
  /** Whether a change takes effect without a restart. Default false. */
  reload?: boolean;
}

/** One settable thing: `port`, or `http.port` inside the group `http`. */
export interface ConfigField {
  /** Dotted name, as in the file, in flags and in `config show`. */
  name: string;
  group: string | undefined;
  key: string;
  schema: z.core.$ZodType;
  meta: ConfigMeta;
}

type Shape = Readonly<Record<string, z.core.$ZodType>>;

const Meta = z.object({
  description: z.string().min(1),
  env: z
    .string()
    .regex(/^FLOTILLA_[A-Z0-9_]+$/)
    .optional(),
  secret: z.boolean().optional(),
  reload: z.boolean().optional(),
});

/**
 * Every field of a configuration schema in its order: the members of the object, and those of objects one level below.
 * Throws `internal` for a field without a description, or a group inside a group: both are our mistake.
 */
export function configFields(schema: z.ZodObject): ConfigField[] {
  return Object.entries(schema.shape as Shape).flatMap(([key, member]) => {
    const group = groupShape(member);
    if (!group) return [toField({ key, group: undefined, schema: member })];
    return Object.entries(group).map(([innerKey, innerMember]) => {
      if (groupShape(innerMember)) {
        throw new FlotillaError(
          'internal',
          `Configuration nests one level at most; ${key}.${innerKey} is a group in a group.`,
        );
      }
      return toField({ key: innerKey, group: key, schema: innerMember });
    });
  });
}

/** The members of an object schema, also below `.default()` and `.optional()`; undefined for any other schema. */
function groupShape(schema: z.core.$ZodType): Shape | undefined {
  const inner = innerType(schema);
  return inner instanceof z.ZodObject ? inner.shape : undefined;
}

function toField({ key, group, schema }: Pick<ConfigField, 'key' | 'group' | 'schema'>): ConfigField {
  const name = group === undefined ? key : `${group}.${key}`;
  const meta = Meta.safeParse(findMeta(schema));
  if (!meta.success) {
    throw new FlotillaError(
      'internal',
      `The configuration field ${name} needs .meta({ description, env }).`,
      {
        cause: meta.error,
      },
    );
  }
  return { name, group, key, schema, meta: meta.data };
}

/** The schema below `.default()`, `.optional()` and the like. */
export function innerType(schema: z.core.$ZodType): z.core.$ZodType {
  const { def } = schema._zod as { def: { innerType?: z.core.$ZodType } };
  return def.innerType ? innerType(def.innerType) : schema;
}

/** Metadata stands on the schema it was called on, so `.meta().default()` carries it one layer below. */
function findMeta(schema: z.core.$ZodType): unknown {
  const meta: unknown = z.globalRegistry.get(schema);
  if (meta !== undefined) return meta;
  const { def } = schema._zod as { def: { innerType?: z.core.$ZodType } };
  return def.innerType ? findMeta(def.innerType) : undefined;
}
