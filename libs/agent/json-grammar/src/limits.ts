/** What one schema may cost. Each bound refuses the schema, none shortens it. */
export interface GrammarLimits {
  /** Length of the schema as JSON text, in UTF-8 bytes. Default 65,536. */
  readonly schemaBytes: number;
  /** Deepest nesting of the schema's own JSON. Default 64. */
  readonly depth: number;
  /** Largest `minLength`, `maxLength`, `minItems`, `maxItems` and `{n,m}` of a pattern. Default 8,192. */
  readonly repetition: number;
  /** States of any one automaton, before it is made minimal. Default 12,000. */
  readonly states: number;
  /** Rules of the grammar. Default 30,000. */
  readonly rules: number;
  /** Length of the grammar text in bytes (it is ASCII). Default 1,572,864. */
  readonly grammarBytes: number;
  /** Steps of the compiler, a measure of time that is the same on every machine. Default 3,000,000 (some seconds on a slow core). */
  readonly steps: number;
}

export const DEFAULT_LIMITS: GrammarLimits = {
  schemaBytes: 65_536,
  depth: 64,
  repetition: 8_192,
  states: 12_000,
  rules: 30_000,
  grammarBytes: 1_572_864,
  steps: 3_000_000,
};
