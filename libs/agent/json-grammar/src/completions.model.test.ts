import { afterAll, beforeAll, expect, it } from 'vitest';

import { validatorOf } from '../test/ajv.ts';
import { CORPUS } from '../test/corpus.ts';
import { loadRandomModel, type RandomModel } from '../test/random-model.ts';
import { compileJsonSchema, jsonObjectGrammar } from './index.ts';

let model: RandomModel;

beforeAll(async () => {
  model = await loadRandomModel();
});
afterAll(() => model?.dispose());

it('llama.cpp reads every grammar of the corpus', async () => {
  for (const { schema, name } of CORPUS) {
    const compiled = compileJsonSchema(schema);
    expect(compiled.ok, name).toBe(true);
    if (compiled.ok) await model.llama.createGrammar({ grammar: compiled.gbnf });
  }
  await model.llama.createGrammar({ grammar: jsonObjectGrammar() });
});

it(
  'what a model with random weights completes is valid at any temperature',
  { timeout: 300_000 },
  async () => {
    let stopped = 0;
    for (const [index, { schema, name }] of CORPUS.entries()) {
      const compiled = compileJsonSchema(schema);
      if (!compiled.ok) throw new Error(name);
      const isValid = validatorOf(schema);
      for (const temperature of [0, 1, 2]) {
        const completion = await model.complete(compiled.gbnf, {
          temperature,
          seed: index + 1,
          mostTokens: 120,
        });
        if (!completion.stopped) continue;
        stopped += 1;
        expect(isValid(JSON.parse(completion.text)), `${name}: ${completion.text}`).toBe(true);
      }
    }
    expect(stopped).toBeGreaterThan(CORPUS.length);
  },
);
