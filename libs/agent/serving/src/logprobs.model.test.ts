import type { GenerationRequest, TokenLogprob } from '@flotilla/agent-openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeTinyModel, type TinyModel } from '../test/tiny-model.ts';
import { collectGeneration } from './collect.ts';
import type { Engine } from './engine.ts';
import { startForkedEngine } from './forked-engine.ts';
import { askFor, failureOf } from './testing/index.ts';

const signal = (): AbortSignal => new AbortController().signal;

let model: TinyModel;
let engine: Engine;
beforeAll(async () => {
  model = await writeTinyModel();
  engine = await startForkedEngine(model.spec(), { signal: signal() });
});
afterAll(async () => {
  await engine.stop();
  await model.remove();
});

const ask = (changes: Partial<GenerationRequest>, text = 'tell me') =>
  collectGeneration(engine.generate({ ...askFor(text, 8), ...changes }, { signal: signal() }));
const first = async (changes: Partial<GenerationRequest>): Promise<TokenLogprob> => {
  const [logprob] = (await ask({ maxTokens: 1, ...changes })).logprobs;
  if (logprob === undefined) throw new TypeError('no log-probability was given');
  return logprob;
};
/** What the model gives to the first answer token, by the token's text. */
const distribution = async (changes: Partial<GenerationRequest> = {}): Promise<Map<string, number>> =>
  new Map(
    (await first({ logprobs: { top: 20 }, ...changes })).top.map(({ token, logprob }) => [token, logprob]),
  );
const idOf = async (text: string): Promise<number> => {
  const [id, ...more] = await engine.tokenize(text, { special: true });
  if (id === undefined || more.length > 0) throw new TypeError(`${text} is not one token`);
  return id;
};
const MODEST = { top: 5 };

describe('log-probabilities', () => {
  it('stand beside every token that is shown, the likeliest first', async () => {
    const answer = await ask({ logprobs: MODEST });
    expect(answer.logprobs).toHaveLength(answer.usage.completionTokens);
    expect(answer.logprobs.map(({ token }) => token).join('')).toBe(answer.text);
    for (const { top, logprob, token } of answer.logprobs) {
      expect(top).toHaveLength(5);
      expect(top.map((choice) => choice.logprob)).toEqual(
        top.map((choice) => choice.logprob).toSorted((left, right) => right - left),
      );
      expect(top[0]).toMatchObject({ token, logprob });
      expect(logprob).toBeLessThan(0);
    }
  });

  it('say the bytes of each token', async () => {
    const { logprobs, text } = await ask({ logprobs: MODEST, maxTokens: 40 });
    const bytes = Uint8Array.from(logprobs.flatMap((logprob) => logprob.bytes));
    expect(new TextDecoder().decode(bytes)).toBe(text);
  });

  it('are probabilities: those of all tokens make one', async () => {
    const { vocabularySize } = engine.info;
    const likeliest = await distribution();
    const sum = [...likeliest.values()].reduce((total, logprob) => total + Math.exp(logprob), 0);
    expect(sum).toBeLessThan(1);
    expect(sum).toBeGreaterThan(20 / vocabularySize);
  });

  it('are equal at temperatures 0, 1 and 2, with top-k and top-p, with bias and penalties, and under a grammar', async () => {
    const plain = await distribution();
    const variants: Partial<GenerationRequest>[] = [
      { sampling: { temperature: 1, seed: 3 } },
      { sampling: { temperature: 2, seed: 4 } },
      { sampling: { temperature: 1.5, seed: 4, topK: 3, topP: 0.5, minP: 0.1 } },
      { sampling: { temperature: 0, presencePenalty: 2, frequencyPenalty: 2 } },
      { sampling: { temperature: 0, repeatPenalty: 1.5 } },
      { logitBias: { 300: 50 } },
      { grammar: 'root ::= [a-z]+' },
    ];
    for (const variant of variants) {
      const other = await distribution(variant);
      expect([...other.keys()]).toEqual([...plain.keys()]);
      for (const [token, logprob] of other) expect(logprob).toBeCloseTo(plain.get(token) ?? 0, 5);
    }
  });

  it('name the token that was taken, also where it is not among the likeliest', async () => {
    const taken = await first({ logprobs: { top: 0 }, logitBias: { 3000: 100 } });
    expect(taken.top).toEqual([]);
    const all = await distribution();
    expect(all.has(taken.token)).toBe(false);
    expect(taken.logprob).toBeLessThan(Math.min(...all.values()));
  });

  it('change nothing in the answer, alone or in lockstep with others', async () => {
    const drawn = { temperature: 1, seed: 11 };
    expect((await ask({ sampling: drawn, logprobs: MODEST })).text).toBe(
      (await ask({ sampling: drawn })).text,
    );
    const texts = ['open the door', 'count the stock', 'report a fault', 'say it again'];
    const without: string[] = [];
    for (const text of texts) without.push((await ask({}, text)).text);
    const together = await Promise.all(
      texts.map((text, index) => ask(index % 2 === 0 ? { logprobs: MODEST } : {}, text)),
    );
    expect(together.map(({ text }) => text)).toEqual(without);
    expect(together.map(({ logprobs }) => logprobs.length > 0)).toEqual([true, false, true, false]);
  });
});

describe('logit bias', () => {
  it('shifts the log-odds of two tokens by exactly what was asked', async () => {
    const names = [...(await distribution()).keys()].slice(0, 2);
    const [left = '', right = ''] = names;
    const ids = { left: await idOf(left), right: await idOf(right) };
    const seeds = Array.from({ length: 300 }, (_, seed) => seed);
    const shares = async (bias: Record<string, number>): Promise<number> => {
      const answers = await Promise.all(
        seeds.map((seed) =>
          ask({
            maxTokens: 1,
            sampling: { temperature: 1, seed },
            logitBias: { [ids.left]: 90, [ids.right]: 90, ...bias },
          }),
        ),
      );
      return answers.filter(({ text }) => text === left).length / answers.length;
    };
    const odds = (await distribution()).get(left)! - (await distribution()).get(right)!;
    const expected = (shift: number): number => 1 / (1 + Math.exp(-(odds + shift)));
    // Five standard deviations of a share of 300 draws with fixed seeds.
    const tolerance = 5 * Math.sqrt(0.25 / seeds.length);
    expect(Math.abs((await shares({})) - expected(0))).toBeLessThan(tolerance);
    expect(Math.abs((await shares({ [ids.left]: 91 })) - expected(1))).toBeLessThan(tolerance);
    expect(Math.abs((await shares({ [ids.left]: 88 })) - expected(-2))).toBeLessThan(tolerance);
  });

  it('forces at 100 and bans at -100, the end of a turn too', async () => {
    const [likeliest = ''] = (await distribution()).keys();
    expect((await ask({ maxTokens: 1, logitBias: { [await idOf(likeliest)]: -100 } })).text).not.toBe(
      likeliest,
    );
    expect((await ask({ maxTokens: 3, logitBias: { 500: 100 } })).text).toBe(
      await engine.detokenize([500, 500, 500]),
    );
    const end = await idOf('<|im_end|>');
    const ended = await ask({ logitBias: { [end]: 100 } });
    expect([ended.text, ended.reason]).toEqual(['', 'stop']);
  });

  it('refuses a token the model does not have, by name', async () => {
    expect(await failureOf(ask({ logitBias: { 999_999: 1 } }))).toMatchObject({
      code: 'invalid-input',
      details: { field: 'logit_bias' },
    });
  });
});

describe('penalties', () => {
  it('are OpenAI’s formula over the generated tokens', async () => {
    const steps = await ask({ logprobs: { top: 20 }, maxTokens: 3 });
    const [, second] = steps.logprobs;
    // The first token, taken once, loses both penalties: it stays in front only where it leads by more.
    const firstToken = steps.logprobs[0]?.token;
    const again = await ask({
      logprobs: { top: 20 },
      maxTokens: 2,
      sampling: { temperature: 0, presencePenalty: 1, frequencyPenalty: 0.5 },
    });
    const punished = second?.top.map(({ token, logprob }) => ({
      token,
      logit: logprob - (token === firstToken ? 1.5 : 0),
    }));
    const best = punished?.toSorted((left, right) => right.logit - left.logit)[0];
    expect(again.logprobs[1]?.token).toBe(best?.token);
  });

  it('do not look at the prompt, but Ollama’s does', async () => {
    const said = 700;
    const prompt = [...(await engine.tokenize('tell me')), said];
    const raw = async (sampling: GenerationRequest['sampling'], bias = 0) => {
      const request = {
        messages: [],
        prompt,
        maxTokens: 1,
        logprobs: { top: 1 },
        logitBias: { [said]: bias },
      };
      return (await ask({ ...request, sampling: { temperature: 0, ...sampling } })).logprobs[0];
    };
    const likeliest = await raw({});
    const chosen = await raw({}, 100);
    if (likeliest === undefined || chosen === undefined) throw new TypeError('nothing was generated');
    // Just in front of the likeliest, by bias: a penalty on it alone shows.
    const bias = likeliest.logprob - chosen.logprob + 0.2;
    expect((await raw({}, bias))?.token).toBe(chosen.token);
    expect((await raw({ presencePenalty: 2, frequencyPenalty: 2 }, bias))?.token).toBe(chosen.token);
    expect((await raw({ repeatPenalty: 10 }, bias))?.token).toBe(likeliest.token);
    expect((await raw({ repeatPenalty: 10, repeatLastN: 0 }, bias))?.token).toBe(chosen.token);
  });

  it('of both kinds together are refused', async () => {
    expect(await failureOf(ask({ sampling: { repeatPenalty: 1.3, presencePenalty: 1 } }))).toMatchObject({
      code: 'unsupported-parameter',
      details: { field: 'repeat_penalty' },
    });
  });
});
