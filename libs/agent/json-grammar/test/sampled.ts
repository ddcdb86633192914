import { expect } from 'vitest';

import { compileJsonSchema } from '../src/index.ts';
import { validatorOf } from './ajv.ts';
import { Gbnf } from '../src/testing/gbnf.ts';

/** Random numbers that are the same in every run (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function grammarOf(schema: unknown): Gbnf {
  const compiled = compileJsonSchema(schema);
  if (!compiled.ok) throw new Error(`refused: ${JSON.stringify(compiled.problem)} ${JSON.stringify(schema)}`);
  return new Gbnf(compiled.gbnf);
}

interface SampleOptions {
  readonly schema: unknown;
  readonly grammar?: Gbnf;
  readonly count?: number;
  readonly seed?: number;
  readonly length?: number;
}

/** Random texts of the grammar parse as JSON and are valid under the schema. */
export function expectSamplesValid(options: SampleOptions): string[] {
  const { schema, count = 30, seed = 1, length = 80 } = options;
  const grammar = options.grammar ?? grammarOf(schema);
  const isValid = validatorOf(schema);
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const text = grammar.sample(random, length);
    const value: unknown = JSON.parse(text);
    if (!isValid(value)) expect.fail(`not valid: ${text} under ${JSON.stringify(schema)}`);
    if (!grammar.accepts(text)) expect.fail(`sampled but not accepted: ${text}`);
    return text;
  });
}

/** Which of the values, as JSON.stringify writes them, the grammar takes. */
export function accepted(schema: unknown, values: readonly unknown[]): unknown[] {
  const grammar = grammarOf(schema);
  return values.filter((value) => grammar.accepts(JSON.stringify(value)));
}
