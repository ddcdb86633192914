import { FlotillaError } from '@flotilla/contracts';
import type { HonoRequest } from 'hono';
import type { z } from 'zod';
import { refuseInvalid } from '../validation-problem.ts';

/** The JSON body as its schema reads it. Throws `invalid-input` naming every field that is wrong. */
export async function readDocument<S extends z.ZodType>(
  request: HonoRequest,
  schema: S,
): Promise<z.output<S>> {
  let value: unknown;
  try {
    value = await request.json();
  } catch (cause) {
    throw new FlotillaError('invalid-input', 'The body is not JSON.', { cause, details: { field: 'body' } });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  refuseInvalid({ target: 'json', success: false, error: result.error });
  throw new FlotillaError('invalid-input', 'The body is not valid.');
}
