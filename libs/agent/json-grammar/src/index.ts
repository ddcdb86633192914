export { compileJsonSchema, jsonObjectGrammar, type CompiledSchema } from './compile-json-schema.ts';
export { DEFAULT_LIMITS, type GrammarLimits } from './limits.ts';
export type { SchemaProblem } from './refusal.ts';
export { ANNOTATIONS, ENFORCED } from './schema/read-part.ts';
