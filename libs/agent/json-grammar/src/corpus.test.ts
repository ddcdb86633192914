import { expect, test } from 'vitest';

import { validatorOf } from '../test/ajv.ts';
import { CORPUS } from '../test/corpus.ts';
import { expectSamplesValid, grammarOf } from '../test/sampled.ts';

test.each(CORPUS)('$name', ({ schema, valid, invalid }) => {
  const grammar = grammarOf(schema);
  const isValid = validatorOf(schema);
  for (const value of valid) {
    expect(isValid(value), 'the corpus itself').toBe(true);
    expect(grammar.accepts(JSON.stringify(value)), JSON.stringify(value)).toBe(true);
  }
  for (const value of invalid)
    expect(grammar.accepts(JSON.stringify(value)), JSON.stringify(value)).toBe(false);
  expectSamplesValid({ schema, grammar, count: 10 });
});
