import { readFile } from 'node:fs/promises';

import { FlotillaError } from '@flotilla/contracts';
import type { z } from 'zod';

import { fileError, systemCode } from './file-error.ts';
import { writeFileAtomic, type WriteFileOptions } from './write-file-atomic.ts';

/**
 * The value of a JSON file as its schema reads it; undefined where there is no file.
 * Throws `corrupt-file`, naming the file, where it holds no JSON or something else than the schema describes.
 */
export async function readJsonFile<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.output<Schema> | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw fileError({ error, path, doing: 'Reading' });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw corrupt(path, 'it is not JSON', cause);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const place = issue?.path.length ? `${issue.path.join('.')}: ` : '';
  throw corrupt(path, `${place}${issue?.message ?? 'it does not fit its schema'}`, result.error);
}

/** Writes a value as JSON, atomically; see `writeFileAtomic` for modes and errors. */
export async function writeJsonFile(path: string, value: unknown, options?: WriteFileOptions): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(value, undefined, 2)}\n`, options);
}

function corrupt(path: string, why: string, cause: unknown): FlotillaError {
  return new FlotillaError('corrupt-file', `${path} cannot be read: ${why}.`, {
    cause,
    details: { about: path, fix: 'Restore the file from a backup, or remove it to start without it.' },
  });
}
