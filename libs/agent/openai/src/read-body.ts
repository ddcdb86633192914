import type { FlotillaError } from '@flotilla/contracts';
import type { z } from 'zod';
import { invalid, unsupported } from './errors.ts';
import { issueOf } from './issue-of.ts';
import { holdsMoreThan } from './json-size.ts';
import { refusedParameter, type ParameterTable } from './parameters/table.ts';

/** Entries of a list in a field; of a longer one, reading each would hold up everyone else. */
const MOST_ENTRIES = 4_096;
/** Entries and fields at all levels of a field; a conversation of so many turns, with its tools, stays below. */
const MOST_VALUES = 32_768;

export type Read<T> = { ok: true; value: T } | { ok: false; error: FlotillaError };

export interface BodyReader<T> {
  schema: z.ZodType<T>;
  table: ParameterTable;
  /** As a refusal names it: `chat completions`. */
  endpoint: string;
  /** Fields that may hold more, which is tokens: their schemas bound them. */
  tokenFields?: readonly string[];
}

/** Reads a body: strict, every field honoured or refused by its name, `null` taken as not given. */
export function readBody<T>(body: unknown, reader: BodyReader<T>): Read<T> {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return { ok: false, error: invalid('body', 'must be a JSON object') };
  const given = knownFields(body, reader);
  if (!given.ok) return given;
  const parsed = reader.schema.safeParse(given.value);
  if (!parsed.success) return { ok: false, error: firstIssue(parsed.error) };
  return { ok: true, value: parsed.data };
}

/** The fields that say something, up to the first that is refused: what stands behind that is not looked at. */
function knownFields<T>(
  body: object,
  { table, endpoint, tokenFields = [] }: BodyReader<T>,
): Read<Record<string, unknown>> {
  const given: [string, unknown][] = [];
  const sent: [string, unknown][] = Object.entries(body);
  for (const field of sent) {
    const [name, value] = field;
    if (value === null) continue;
    const refusal = refusedParameter(table, Object.fromEntries([field]), endpoint);
    if (refusal !== undefined) return { ok: false, error: refusal };
    if (!tokenFields.includes(name)) {
      if (Array.isArray(value) && value.length > MOST_ENTRIES)
        return { ok: false, error: invalid(name, `has more than ${MOST_ENTRIES} entries`) };
      if (holdsMoreThan(value, MOST_VALUES))
        return { ok: false, error: invalid(name, `holds more than ${MOST_VALUES} values`) };
    }
    given.push(field);
  }
  return { ok: true, value: Object.fromEntries(given) };
}

/** The first thing that is wrong, by its field; `at` is where what was read stands. Never quotes a value: it may be a prompt. */
export function firstIssue(error: z.ZodError, at: readonly PropertyKey[] = []): FlotillaError {
  const issue = issueOf(error.issues);
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
