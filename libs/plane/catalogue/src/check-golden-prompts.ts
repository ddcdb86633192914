import type { GoldenPrompt } from '@flotilla/contracts';
import { FlotillaError } from '@flotilla/contracts';
import { repeatsARepetition } from './backtracking.ts';
import type { SchemaProblem } from './ports.ts';

/** No schema that people write by hand is deeper; walking one without an end would exhaust the stack. */
const DEEPEST_SCHEMA = 64;

const ENDLESS =
  'it repeats a group that itself repeats without an end, which may take for ever on a wrong answer: say how often, or take one repetition away';

/** Refuses golden prompts that no device could judge: a bad pattern, a bad schema, or two of one id. */
export function checkGoldenPrompts(prompts: readonly GoldenPrompt[], schemaProblem: SchemaProblem): void {
  const ids = new Set<string>();
  for (const [index, { id, expect }] of prompts.entries()) {
    const field = `goldenPrompts[${index}]`;
    if (ids.has(id)) refuse(`${field}.id`, `\`${id}\` is there twice`);
    ids.add(id);
    if (expect.kind === 'regex') checkPattern(`${field}.expect.pattern`, expect.pattern, expect.flags);
    if (expect.kind === 'json-schema') {
      checkSchema({ field: `${field}.expect.schema`, schema: expect.schema, schemaProblem });
    }
  }
}

function checkPattern(field: string, pattern: string, flags: string): void {
  try {
    new RegExp(pattern, flags);
  } catch (cause) {
    refuse(field, 'it is not a regular expression', cause);
  }
  if (repeatsARepetition(pattern)) refuse(field, ENDLESS);
}

function checkSchema({
  field,
  schema,
  schemaProblem,
}: {
  field: string;
  schema: Record<string, unknown>;
  schemaProblem: SchemaProblem;
}): void {
  for (const pattern of patternsOf(schema, field, 0)) {
    if (repeatsARepetition(pattern)) refuse(field, `\`pattern\`: ${ENDLESS}`);
  }
  const problem = schemaProblem(schema);
  if (problem !== undefined) refuse(field, `it is not a JSON schema: ${problem.slice(0, 300)}`);
}

/** Every regular expression of a schema: the values of `pattern`, the names under `patternProperties`. */
function* patternsOf(schema: unknown, field: string, depth: number): Generator<string> {
  if (typeof schema !== 'object' || schema === null) return;
  if (depth > DEEPEST_SCHEMA) refuse(field, `it is deeper than ${DEEPEST_SCHEMA} levels`);
  for (const [key, value] of Object.entries(schema as Record<string, unknown>)) {
    if (key === 'pattern' && typeof value === 'string') yield value;
    if (key === 'patternProperties' && typeof value === 'object' && value !== null) yield* Object.keys(value);
    yield* patternsOf(value, field, depth + 1);
  }
}

function refuse(field: string, reason: string, cause?: unknown): never {
  throw new FlotillaError('invalid-input', `${field}: ${reason}.`, { details: { field }, cause });
}
