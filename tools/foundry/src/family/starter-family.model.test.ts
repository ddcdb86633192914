import { dirname } from 'node:path';
import { starterModels, starterRelease } from '@flotilla/starter-models';
import { getLlama, type Llama } from 'node-llama-cpp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerQuestions } from '../score/answer-questions.ts';
import { indexFamily } from './index-family.ts';

let llama: Llama;
beforeAll(async () => {
  llama = await getLlama({ gpu: false, build: 'never', maxThreads: 1 });
});
afterAll(() => llama.dispose());

describe('the starter models', () => {
  const models = starterModels();

  it('are listed as their headers and bytes say', async () => {
    const listed = models.map(({ modelId, variant, bytes, sha256, facts }) => ({
      modelId,
      variant,
      bytes,
      sha256,
      facts,
    }));
    expect(await indexFamily(dirname(models[0]!.path))).toEqual(listed);
  });

  const { candidates, goldenPrompts, systemPrompt } = starterRelease();
  it.each(candidates)('answer the golden prompts of the starter release: %s', async (variant) => {
    const path = models.find((model) => model.variant === variant)?.path;
    const model = await llama.loadModel({ modelPath: path ?? '' });
    const answers = await answerQuestions({
      model,
      questions: goldenPrompts.map(({ messages }) => ({
        messages: [
          ...(systemPrompt ? [{ role: 'system' as const, content: systemPrompt }] : []),
          ...messages,
        ],
      })),
    });
    const expected = goldenPrompts.map(({ id, expect: { kind, ...rule } }) => [
      id,
      kind,
      'value' in rule ? rule.value : rule,
    ]);
    expect(answers.map(({ text }, index) => [goldenPrompts[index]!.id, 'exact', text.trim()])).toEqual(
      expected,
    );
    await model.dispose();
  });
});
