import { z } from 'zod';

import { configFields, type ConfigField } from './config-field.ts';
import { configError, DEFAULT_SOURCE, type ConfigProblem, type ConfigSource } from './config-problem.ts';
import { readConfigFile, readEnvironment, readFlags, readObject, type Layer } from './config-sources.ts';

export interface LoadConfigOptions<Schema extends z.ZodObject> {
  /** One object; its fields, and those of objects one level below, carry `.meta({ description, env, secret, reload })`. */
  schema: Schema;
  /** Path of a JSON file. Default: none is read. */
  file?: string;
  /** Whether that file may be missing. Default false. */
  fileOptional?: boolean;
  /** Usually `process.env`. */
  env: Readonly<Record<string, string | undefined>>;
  /** By dotted name: `{ 'http.port': '8080' }`; undefined members are not set. */
  flags?: Readonly<Record<string, unknown>>;
  /** How the flag of a field is called, without its dashes. Default: as the field. */
  flagOf?: (field: string) => string;
  /** Over the schema's own defaults, for those known only at run time; nested or dotted. */
  defaults?: object;
}

export interface LoadedConfig<Schema extends z.ZodObject> {
  config: z.output<Schema>;
  /** Where each field came from, by dotted name. */
  sources: Readonly<Record<string, ConfigSource>>;
}

/**
 * The configuration from, each over the one before: defaults, file, environment, flags.
 * Throws `invalid-config` with everything that is wrong at once; no value appears in it, since it may be a secret.
 */
export async function loadConfig<Schema extends z.ZodObject>({
  schema,
  file,
  fileOptional = false,
  env,
  flags = {},
  flagOf = (field) => field,
  defaults = {},
}: LoadConfigOptions<Schema>): Promise<LoadedConfig<Schema>> {
  const fields = configFields(schema);
  const layers: Layer[] = [
    readObject({ value: defaults, fields, source: DEFAULT_SOURCE }),
    ...(file === undefined ? [] : [await readConfigFile({ path: file, optional: fileOptional, fields })]),
    await readEnvironment({ env, fields }),
    readFlags({ flags, flagOf, fields }),
  ];
  const values = new Map(layers.flatMap((layer) => [...layer.values]));
  const sources = Object.fromEntries(
    fields.map(({ name }) => [name, values.get(name)?.source ?? DEFAULT_SOURCE]),
  );
  const result = schema.safeParse(nest({ schema, fields, values }));
  const problems = layers.flatMap((layer) => layer.problems);
  if (!result.success) {
    problems.push(...result.error.issues.map((issue) => toProblem({ issue, fields, sources, values })));
  }
  if (!result.success || problems.length > 0) throw configError(problems);
  return { config: result.data, sources };
}

type Values = Map<string, { value: unknown }>;

function nest({
  schema,
  fields,
  values,
}: {
  schema: z.ZodObject;
  fields: ConfigField[];
  values: Values;
}): object {
  const root: Record<string, unknown> = {};
  const groups: Record<string, Record<string, unknown>> = {};
  for (const [key, member] of Object.entries(schema.shape)) {
    // A required group is always there, so that the defaults inside it apply without being written down.
    if (member instanceof z.ZodObject) root[key] = groups[key] = {};
  }
  for (const { name, group, key } of fields) {
    const entry = values.get(name);
    if (!entry) continue;
    if (group === undefined) root[key] = entry.value;
    else (groups[group] ??= root[group] = {} as Record<string, unknown>)[key] = entry.value;
  }
  return root;
}

interface IssueContext {
  issue: z.core.$ZodIssue;
  fields: ConfigField[];
  sources: Record<string, ConfigSource>;
  values: Values;
}

function toProblem({ issue, fields, sources, values }: IssueContext): ConfigProblem {
  const path = issue.path.map(String);
  const field = fields.find(({ name }) => name === path.slice(0, 2).join('.') || name === path[0]);
  if (!field)
    return {
      field: path.join('.') || 'configuration',
      source: DEFAULT_SOURCE,
      problem: trim(issue.message),
      fix: '',
    };
  const source = sources[field.name] ?? DEFAULT_SOURCE;
  if (values.has(field.name)) {
    return {
      field: path.join('.'),
      source,
      problem: trim(issue.message),
      fix: `It is: ${field.meta.description}`,
    };
  }
  const byEnv = field.meta.env === undefined ? '' : ` or ${field.meta.env}`;
  return {
    field: field.name,
    source,
    problem: 'it is not set',
    fix: `Set \`${field.name}\`${byEnv}: ${field.meta.description}`,
  };
}

function trim(message: string): string {
  return message.replace(/\.$/, '');
}
