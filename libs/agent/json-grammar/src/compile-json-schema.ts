import { Budget } from './budget.ts';
import { writeGrammar } from './gbnf/write-grammar.ts';
import { DEFAULT_LIMITS, type GrammarLimits } from './limits.ts';
import { Refusal, type SchemaProblem } from './refusal.ts';
import { readSchema } from './schema/read-schema.ts';
import { Possible } from './shape/possible.ts';
import { Shapes } from './shape/shapes.ts';

export type CompiledSchema =
  | { readonly ok: true; readonly gbnf: string }
  | { readonly ok: false; readonly problem: SchemaProblem };

/**
 * Compiles a JSON Schema (2020-12) to a GBNF grammar for llama.cpp, its start rule being `root`.
 *
 * Every text of the grammar is JSON that is valid under the schema. Each value is written in one way, the way of
 * `JSON.stringify` with properties in declared order, but for at most one space after a comma or a colon.
 * A keyword that cannot be enforced, a schema without any value and a schema over a limit are refused, never weakened.
 */
export function compileJsonSchema(schema: unknown, limits: Partial<GrammarLimits> = {}): CompiledSchema {
  try {
    return { ok: true, gbnf: compile(schema, { ...DEFAULT_LIMITS, ...limits }) };
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, problem: error.problem };
    throw error;
  }
}

/** The grammar of any JSON object, for `response_format: { "type": "json_object" }`. */
export function jsonObjectGrammar(): string {
  return compile({ type: 'object' }, DEFAULT_LIMITS);
}

function compile(schema: unknown, limits: GrammarLimits): string {
  const parts = readSchema(schema, limits);
  const budget = new Budget(limits);
  const shapes = new Shapes(parts, budget);
  const root = shapes.conjunctions.of([''], false);
  const possible = new Possible(shapes, root, budget);
  for (const { path, branches, together } of shapes.obligations.values())
    if (possible.has(together))
      throw new Refusal({
        keyword: 'oneOf',
        path,
        reason: `branches ${branches[0]} and ${branches[1]} are not provably disjoint`,
      });
  if (!possible.has(root))
    throw new Refusal({ keyword: '', path: '', reason: 'no value satisfies the schema' });
  return writeGrammar(root, { shapes, possible, budget });
}
