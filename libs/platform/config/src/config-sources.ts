import { readFile } from 'node:fs/promises';

import type { ConfigField } from './config-field.ts';
import type { ConfigProblem, ConfigSource } from './config-problem.ts';
import { nearestName } from './nearest-name.ts';
import { readText } from './read-text.ts';

/** Values by dotted name, each with its source, and what was wrong while reading them. */
export interface Layer {
  values: Map<string, { value: unknown; source: ConfigSource }>;
  problems: ConfigProblem[];
}

/** The values of a configuration file or of given defaults: nested one level, or with dotted names. */
export function readObject({
  value,
  fields,
  source,
}: {
  value: object;
  fields: ConfigField[];
  source: ConfigSource;
}): Layer {
  const layer: Layer = { values: new Map(), problems: [] };
  const names = fields.map(({ name }) => name);
  const groups = new Set(fields.map(({ group }) => group));
  for (const [name, member] of flatten(value, groups)) {
    if (member === undefined) continue;
    if (names.includes(name)) layer.values.set(name, { value: member, source });
    else layer.problems.push(unknownName({ name, known: names, source }));
  }
  return layer;
}

/** Reads a JSON configuration file; a missing one is a problem unless it is optional. */
export async function readConfigFile({
  path,
  optional,
  fields,
}: {
  path: string;
  optional: boolean;
  fields: ConfigField[];
}): Promise<Layer> {
  const source: ConfigSource = { kind: 'file', name: path };
  const refuse = (problem: string, fix: string): Layer => ({
    values: new Map(),
    problems: [{ field: path, source, problem, fix }],
  });
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (missing && optional) return { values: new Map(), problems: [] };
    return refuse(
      missing ? 'there is no such file' : 'it cannot be read',
      'Check the path and who may read it.',
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refuse(`it is not JSON (${(error as SyntaxError).message})`, 'Correct the file.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse('it holds no JSON object', 'Write { "name": value, ... }.');
  }
  return readObject({ value, fields, source });
}

/** Values from environment variables; an empty variable counts as not set. */
export async function readEnvironment({
  env,
  fields,
}: {
  env: Readonly<Record<string, string | undefined>>;
  fields: ConfigField[];
}): Promise<Layer> {
  const layer: Layer = { values: new Map(), problems: [] };
  const known: string[] = [];
  for (const { name, schema, meta } of fields) {
    if (meta.env === undefined) continue;
    known.push(meta.env);
    const text = env[meta.env];
    if (text)
      layer.values.set(name, { value: readText(schema, text), source: { kind: 'env', name: meta.env } });
    if (!meta.secret) continue;
    const fileVariable = `${meta.env}_FILE`;
    known.push(fileVariable);
    const path = env[fileVariable];
    if (!path) continue;
    const source: ConfigSource = { kind: 'env-file', name: fileVariable };
    if (text) {
      layer.problems.push({
        field: name,
        source,
        problem: `${meta.env} is set too`,
        fix: 'Set only one of the two.',
      });
      continue;
    }
    try {
      const value = (await readFile(path, 'utf8')).replace(/\r?\n$/, '');
      layer.values.set(name, { value: readText(schema, value), source });
    } catch {
      layer.problems.push({
        field: name,
        source,
        problem: `${path} cannot be read`,
        fix: 'Check the path and who may read it.',
      });
    }
  }
  // Other programs of ours share the prefix, so only a slip of one letter is taken for a mistake.
  for (const name of Object.keys(env)) {
    if (!name.startsWith('FLOTILLA_') || known.includes(name)) continue;
    const meant = nearestName({ name, known, within: 1 });
    if (meant === undefined) continue;
    const source: ConfigSource = { kind: 'env', name };
    layer.problems.push({
      field: name,
      source,
      problem: 'there is no such variable',
      fix: `Did you mean ${meant}?`,
    });
  }
  return layer;
}

/** Values from command-line flags by dotted name; texts are read as in the environment, undefined is not set. */
export function readFlags({
  flags,
  flagOf,
  fields,
}: {
  flags: Readonly<Record<string, unknown>>;
  flagOf: (field: string) => string;
  fields: ConfigField[];
}): Layer {
  const layer: Layer = { values: new Map(), problems: [] };
  for (const [name, value] of Object.entries(flags)) {
    if (value === undefined) continue;
    const source: ConfigSource = { kind: 'flag', name: flagOf(name) };
    const field = fields.find((candidate) => candidate.name === name);
    if (!field) layer.problems.push(unknownName({ name, known: fields.map((known) => known.name), source }));
    else
      layer.values.set(name, {
        value: typeof value === 'string' ? readText(field.schema, value) : value,
        source,
      });
  }
  return layer;
}

function unknownName({
  name,
  known,
  source,
}: {
  name: string;
  known: string[];
  source: ConfigSource;
}): ConfigProblem {
  const meant = nearestName({ name, known });
  const fix = meant === undefined ? `Known are: ${known.join(', ')}.` : `Did you mean ${meant}?`;
  return { field: name, source, problem: 'there is no such setting', fix };
}

function* flatten(value: object, groups: Set<string | undefined>): Generator<[string, unknown]> {
  for (const [key, member] of Object.entries(value) as [string, unknown][]) {
    if (groups.has(key) && typeof member === 'object' && member !== null && !Array.isArray(member)) {
      for (const [innerKey, inner] of Object.entries(member)) yield [`${key}.${innerKey}`, inner];
    } else {
      yield [key, member];
    }
  }
}
