import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { writeSynthModel } from '@flotilla/foundry';
import {
  getLlama,
  LlamaGrammarEvaluationState,
  LlamaLogLevel,
  type Llama,
  type LlamaContext,
  type LlamaModel,
} from 'node-llama-cpp';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { validatorOf } from '../test/ajv.ts';
import { CORPUS } from '../test/corpus.ts';
import { compileJsonSchema, jsonObjectGrammar } from './index.ts';

let folder: string;
let llama: Llama;
let model: LlamaModel;
let context: LlamaContext;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-grammar-'));
  await writeSynthModel({ shape: 'tiny', quant: 'f16', path: join(folder, 'tiny.gguf') });
  llama = await getLlama({ gpu: false, build: 'never', logLevel: LlamaLogLevel.error });
  model = await llama.loadModel({ modelPath: join(folder, 'tiny.gguf') });
  context = await model.createContext({ contextSize: 512, threads: 1 });
});
afterAll(async () => {
  await llama?.dispose();
  await rm(folder, { recursive: true, force: true });
});

interface Completion {
  readonly text: string;
  readonly stopped: boolean;
}

async function complete(gbnf: string, temperature: number, seed: number): Promise<Completion> {
  const grammar = await llama.createGrammar({ grammar: gbnf });
  const sequence = context.getSequence();
  const tokens: number[] = [];
  try {
    const output = sequence.evaluate(model.tokenize('answer '), {
      temperature,
      seed,
      grammarEvaluationState: new LlamaGrammarEvaluationState({ model, grammar }),
      yieldEogToken: true,
    });
    for await (const token of output) {
      if (model.isEogToken(token)) return { text: textOf(tokens), stopped: true };
      tokens.push(token);
      if (tokens.length === 120) break;
    }
    return { text: textOf(tokens), stopped: false };
  } finally {
    await sequence.dispose();
  }
}

/** Control tokens count with their text: the grammar took them for it. */
function textOf(tokens: readonly number[]): string {
  return model.detokenize(tokens as Parameters<typeof model.detokenize>[0], true);
}

it('llama.cpp reads every grammar of the corpus', async () => {
  for (const { schema, name } of CORPUS) {
    const compiled = compileJsonSchema(schema);
    expect(compiled.ok, name).toBe(true);
    if (compiled.ok) await llama.createGrammar({ grammar: compiled.gbnf });
  }
  await llama.createGrammar({ grammar: jsonObjectGrammar() });
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
        const completion = await complete(compiled.gbnf, temperature, index + 1);
        if (!completion.stopped) continue;
        stopped += 1;
        expect(isValid(JSON.parse(completion.text)), `${name}: ${completion.text}`).toBe(true);
      }
    }
    expect(stopped).toBeGreaterThan(CORPUS.length);
  },
);
