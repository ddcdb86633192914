import fc from 'fast-check';
import { expect, test } from 'vitest';

import { validatorOf } from '../test/ajv.ts';
import { Gbnf } from './testing/gbnf.ts';
import { expectSamplesValid } from '../test/sampled.ts';
import { UNIVERSE, wildSchema } from '../test/wild-schemas.ts';
import { compileJsonSchema } from './index.ts';

const RUNS = 40;
const isScalar = (value: unknown): boolean => typeof value !== 'object' || value === null;

test(
  'a mixture of keywords is enforced to the letter, or refused for a stated reason',
  { timeout: 120_000 },
  () => {
    fc.assert(
      fc.property(wildSchema, fc.nat(), (schema, seed) => {
        const compiled = compileJsonSchema(schema, { steps: 400_000 });
        if (!compiled.ok && compiled.problem.reason.startsWith('the schema refers to itself')) return;
        const isValid = validatorOf(schema);
        if (!compiled.ok) {
          if (compiled.problem.reason !== 'no value satisfies the schema')
            expect(compiled.problem.reason).toMatch(/disjoint|steps|multiply|propertyNames/);
          else expect(UNIVERSE.filter(isValid), 'refused as unsatisfiable').toEqual([]);
          return;
        }
        const grammar = new Gbnf(compiled.gbnf);
        expectSamplesValid({ schema, grammar, seed, count: 5, length: 30 });
        for (const value of UNIVERSE) {
          const text = JSON.stringify(value);
          const taken = grammar.accepts(text);
          if (taken) expect(isValid(value), `${text} is taken`).toBe(true);
          // Objects and tuples may be narrower than the schema: closed, and in declared order.
          else if (isScalar(value)) expect(isValid(value), `${text} is not taken`).toBe(false);
        }
      }),
      { numRuns: RUNS },
    );
  },
);
