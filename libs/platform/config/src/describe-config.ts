import type { z } from 'zod';

import { configFields, innerType, type ConfigField } from './config-field.ts';
import { formatSource, type ConfigSource } from './config-problem.ts';

/** One line of `config show`. */
export interface ConfigRow {
  name: string;
  /** As JSON; secrets are `[hidden]`, or `[not set]`. */
  value: string;
  source: string;
  env: string;
  description: string;
  reload: boolean;
}

/** The rows of `config show`, in the order of the schema. */
export function describeConfig<Schema extends z.ZodObject>({
  schema,
  config,
  sources,
}: {
  schema: Schema;
  config: z.output<Schema>;
  sources: Readonly<Record<string, ConfigSource>>;
}): ConfigRow[] {
  return configFields(schema).map((field) => {
    const source = sources[field.name];
    return {
      name: field.name,
      value: showValue(field, valueOf(config, field)),
      source: source === undefined ? 'default' : formatSource(source),
      env: field.meta.env ?? '',
      description: field.meta.description,
      reload: field.meta.reload ?? false,
    };
  });
}

/** One line of the reference page. */
export interface ConfigReferenceRow {
  name: string;
  env: string;
  type: string;
  /** As JSON; empty where there is none. */
  default: string;
  description: string;
  secret: boolean;
  reload: boolean;
}

/** What can be configured, in the order of the schema: the source of `docs/reference/config.md` and of `--help`. */
export function configReference(schema: z.ZodObject): ConfigReferenceRow[] {
  return configFields(schema).map(({ name, schema: type, meta }) => ({
    name,
    env: meta.env ?? '',
    type: typeName(type),
    default: defaultOf(type),
    description: meta.description,
    secret: meta.secret ?? false,
    reload: meta.reload ?? false,
  }));
}

function valueOf(config: Record<string, unknown>, { group, key }: ConfigField): unknown {
  if (group === undefined) return config[key];
  return (config[group] as Record<string, unknown> | undefined)?.[key];
}

function showValue({ meta }: ConfigField, value: unknown): string {
  if (value === undefined) return '[not set]';
  return meta.secret ? '[hidden]' : JSON.stringify(value);
}

interface Definition {
  type: string;
  entries?: Record<string, unknown>;
  values?: unknown[];
  element?: z.core.$ZodType;
  innerType?: z.core.$ZodType;
  defaultValue?: unknown;
}

function definition(schema: z.core.$ZodType): Definition {
  return schema._zod.def;
}

function typeName(schema: z.core.$ZodType): string {
  const { type, entries, values, element } = definition(innerType(schema));
  if (entries)
    return Object.values(entries)
      .map((entry) => JSON.stringify(entry))
      .join(' | ');
  if (values) return values.map((value) => JSON.stringify(value)).join(' | ');
  if (element) return `list of ${typeName(element)}`;
  return type === 'pipe' || type === 'union' ? 'text' : type;
}

function defaultOf(schema: z.core.$ZodType): string {
  const { defaultValue, innerType: inner } = definition(schema);
  if (defaultValue !== undefined) return JSON.stringify(defaultValue);
  return inner ? defaultOf(inner) : '';
}
