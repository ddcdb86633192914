import { FlotillaError } from '@flotilla/contracts';
import type { z } from 'zod';

/** A JSON column as a value of its schema. Throws `corrupt-file`, naming the place, when it is not one. */
export function readJson<T extends z.ZodType>(schema: T, text: string, place: string): z.output<T> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw damaged(place, cause);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw damaged(place, parsed.error);
  return parsed.data;
}

function damaged(place: string, cause: unknown): FlotillaError {
  return new FlotillaError('corrupt-file', `The database holds something else than a document in ${place}.`, {
    details: { about: place },
    cause,
  });
}

/** SQL says null where we say undefined. */
export function orNull<T>(value: T | undefined): T | null {
  return value ?? null;
}

export function orUndefined<T>(value: T | null): T | undefined {
  return value ?? undefined;
}
