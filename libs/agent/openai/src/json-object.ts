import { z } from 'zod';
import { MOST_JSON_LEVELS, nestsDeeperThan } from './json-depth.ts';

/** What can be put into a prompt as JSON: not too deep, and all text in it, names too, has a UTF-8 form. */
export const forPrompt = <Schema extends z.ZodType>(schema: Schema) =>
  schema
    .refine(
      (value) => !nestsDeeperThan(value, MOST_JSON_LEVELS),
      `nests deeper than ${MOST_JSON_LEVELS} levels`,
    )
    .refine(isWellFormed, 'has text that is not well-formed Unicode');

export const JsonObject = forPrompt(z.record(z.string(), z.unknown()));

/** Goes level by level, as `nestsDeeperThan` does: no value overflows the stack. */
function isWellFormed(value: unknown): boolean {
  let level = [value];
  while (level.length > 0) {
    if (level.some((part) => typeof part === 'string' && !part.isWellFormed())) return false;
    level = level.flatMap(partsOf);
  }
  return true;
}

function partsOf(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return Array.isArray(value) ? value : Object.entries(value).flat();
}
