import fc from 'fast-check';
import { expect, test } from 'vitest';

import { validatorOf } from '../test/ajv.ts';
import { expectSamplesValid, grammarOf } from '../test/sampled.ts';
import { anySchemaCase } from '../test/schema-cases.ts';

const RUNS = 40;

test(
  'whatever the grammar allows is valid, and what is valid by construction is allowed',
  { timeout: 120_000 },
  () => {
    fc.assert(
      fc.property(
        anySchemaCase.chain(({ schema, valid }) =>
          fc.record({
            schema: fc.constant(schema),
            values: fc.array(valid, { minLength: 3, maxLength: 3 }),
            seed: fc.nat(),
          }),
        ),
        ({ schema, values, seed }) => {
          const grammar = grammarOf(schema);
          const isValid = validatorOf(schema);
          expectSamplesValid({ schema, grammar, seed, count: 6 });
          for (const value of values) {
            const text = JSON.stringify(value);
            expect(isValid(value), `the case itself is wrong: ${text}`).toBe(true);
            expect(grammar.accepts(text), `${text} under ${JSON.stringify(schema)}`).toBe(true);
          }
        },
      ),
      { numRuns: RUNS },
    );
  },
);
