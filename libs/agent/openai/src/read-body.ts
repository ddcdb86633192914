import type { FlotillaError } from '@flotilla/contracts';
import type { z } from 'zod';
import { invalid, unsupported } from './errors.ts';
import { givenFields, refusedParameter, type ParameterTable } from './parameters/table.ts';

export type Read<T> = { ok: true; value: T } | { ok: false; error: FlotillaError };

export interface BodyReader<T> {
  schema: z.ZodType<T>;
  table: ParameterTable;
  /** As a refusal names it: `chat completions`. */
  endpoint: string;
}

/** Reads a body: strict, every field honoured or refused by its name, `null` taken as not given. */
export function readBody<T>(body: unknown, { schema, table, endpoint }: BodyReader<T>): Read<T> {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return { ok: false, error: invalid('body', 'must be a JSON object') };
  const given = givenFields(body);
  const refusal = refusedParameter(table, given, endpoint);
  if (refusal !== undefined) return { ok: false, error: refusal };
  const parsed = schema.safeParse(given);
  if (!parsed.success) return { ok: false, error: firstIssue(parsed.error) };
  return { ok: true, value: parsed.data };
}

/** The first thing that is wrong, by its field; `at` is where what was read stands. Never quotes a value: it may be a prompt. */
export function firstIssue(error: z.ZodError, at: readonly PropertyKey[] = []): FlotillaError {
  const issue = error.issues[0];
  if (issue === undefined) return invalid('body', 'is not valid');
  const unknown = issue.code === 'unrecognized_keys' ? [issue.keys[0] ?? ''] : [];
  const path = [...at, ...issue.path, ...unknown];
  const field = fieldName(path);
  return issue.code === 'unrecognized_keys'
    ? unsupported(field, 'the field is not known here')
    : invalid(field, issue.message);
}

/** `messages[2].content` */
export function fieldName(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`,
    )
    .join('');
}
