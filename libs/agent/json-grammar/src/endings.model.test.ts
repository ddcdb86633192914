import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { validatorOf } from '../test/ajv.ts';
import { CORPUS } from '../test/corpus.ts';
import { loadRandomModel, type RandomModel } from '../test/random-model.ts';
import { anySchemaCase } from '../test/schema-cases.ts';
import { compileJsonSchema } from './index.ts';
import { Gbnf } from './testing/index.ts';

const RANDOM_SCHEMAS = 120;
/** Answers that fit the test model's context. */
const LONGEST_BYTES = 700;
const LEAST_SHARE = 0.95;

let model: RandomModel;
beforeAll(async () => {
  model = await loadRandomModel();
});
afterAll(() => model?.dispose());

/** Schemas whose every answer is bounded, with the bytes of the longest one. The same in every run. */
function boundedSchemas(): { schema: unknown; gbnf: string; longest: number }[] {
  const random = fc.sample(anySchemaCase, { numRuns: RANDOM_SCHEMAS, seed: 20_261_123 });
  return [...CORPUS, ...random].flatMap(({ schema }) => {
    const compiled = compileJsonSchema(schema);
    if (!compiled.ok) return [];
    const longest = new Gbnf(compiled.gbnf).longestBytes();
    return longest > LONGEST_BYTES ? [] : [{ schema, gbnf: compiled.gbnf, longest }];
  });
}

it(
  'a model with random weights ends by itself, and validly, when given the longest answer as its budget',
  { timeout: 500_000 },
  async () => {
    const schemas = boundedSchemas();
    expect(schemas.length).toBeGreaterThan(30);
    let ended = 0;
    for (const [index, { schema, gbnf, longest }] of schemas.entries()) {
      // A token is at least one byte, so the budget that is surely enough is the number of bytes.
      const { text, stopped } = await model.complete(gbnf, {
        temperature: [0, 1, 2][index % 3] ?? 1,
        seed: index + 1,
        mostTokens: longest,
      });
      if (!stopped) continue;
      ended += 1;
      expect(validatorOf(schema)(JSON.parse(text)), `${text} under ${JSON.stringify(schema)}`).toBe(true);
    }
    expect(ended / schemas.length).toBeGreaterThanOrEqual(LEAST_SHARE);
  },
);
