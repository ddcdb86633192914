import { FlotillaError } from '@flotilla/contracts';
import type { z } from 'zod';

/** Where the input stood, in the words of people who send it. */
const PLACES: Readonly<Record<string, string>> = {
  json: 'The body',
  query: 'The query',
  param: 'The address',
  header: 'The headers',
};

/**
 * Throws `invalid-input` with every field that is wrong. `details.field` is the first of them and `details.fix` says what
 * to do about it.
 */
export function refuseInvalid(
  result: { target: string } & ({ success: true } | { success: false; error: z.ZodError }),
): void {
  if (result.success) return;
  const errors = result.error.issues.flatMap(fieldErrors).slice(0, 64);
  const [first] = errors;
  const place = PLACES[result.target] ?? 'The input';
  throw new FlotillaError(
    'invalid-input',
    first === undefined
      ? `${place} is not valid.`
      : `${place} is not valid: ${first.field}: ${first.message}`,
    {
      cause: result.error,
      details: {
        errors,
        ...(first === undefined ? {} : { field: first.field, fix: `Correct \`${first.field}\`.` }),
      },
    },
  );
}

function fieldErrors(issue: z.core.$ZodIssue): { field: string; message: string }[] {
  const path = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field: path === '' ? key : `${path}.${key}`,
      message: 'there is no such field: remove it',
    }));
  }
  return [{ field: path === '' ? 'body' : path, message: issue.message }];
}
