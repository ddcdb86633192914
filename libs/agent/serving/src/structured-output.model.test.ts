import type { GenerationRequest } from '@flotilla/agent-openai';
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
  collectGeneration(engine.generate({ ...askFor(text, 40), ...changes }, { signal: signal() }));
const idOf = async (text: string): Promise<number> => {
  const [id, ...more] = await engine.tokenize(text, { special: true });
  if (id === undefined || more.length > 0) throw new TypeError(`${text} is not one token`);
  return id;
};

const LIST = 'root ::= "[" item ("," item)* "]"\nitem ::= "\\"" [a-z]{1,6} "\\"" | [0-9]{1,3}';
const LIST_SHAPE = /^\[("[a-z]{1,6}"|\d{1,3})(,("[a-z]{1,6}"|\d{1,3}))*\]$/;

describe('a grammar', () => {
  it('is kept to at any temperature', async () => {
    const answers = await Promise.all(
      Array.from({ length: 24 }, (_, seed) =>
        ask({ grammar: LIST, sampling: { temperature: seed % 3, seed }, maxTokens: 200 }),
      ),
    );
    const ended = answers.filter(({ reason }) => reason === 'stop');
    expect(ended.length).toBeGreaterThan(0);
    for (const { text } of ended) expect(text).toMatch(LIST_SHAPE);
  });

  it('says the same in lockstep with others as alone', async () => {
    const grammars = [LIST, undefined, 'root ::= [a-z ]+', undefined];
    const texts = ['open the door', 'count the stock', 'report a fault', 'say it again'];
    const alone: string[] = [];
    for (const [index, text] of texts.entries())
      alone.push((await ask({ grammar: grammars[index] }, text)).text);
    const together = await Promise.all(texts.map((text, index) => ask({ grammar: grammars[index] }, text)));
    expect(together.map(({ text }) => text)).toEqual(alone);
  });

  it('is ended by the end of the turn only where it may end', async () => {
    const end = await idOf('<|im_end|>');
    const answer = await ask({ grammar: 'root ::= "ab" "cd"', logitBias: { [end]: 100 } });
    expect([answer.text, answer.reason]).toEqual(['abcd', 'stop']);
  });

  it('takes no control token for its text, however likely', async () => {
    const start = await idOf('<|im_start|>');
    const answer = await ask({
      grammar: 'root ::= "<|im_start|>" "x"',
      logitBias: { [start]: 100 },
      logprobs: { top: 0 },
    });
    expect([answer.text, answer.reason]).toEqual(['<|im_start|>x', 'stop']);
    expect(answer.logprobs.length).toBeGreaterThan(2);
    const banned = await failureOf(ask({ grammar: 'root ::= <[2]>' }));
    expect(banned).toMatchObject({ code: 'invalid-input', details: { field: 'grammar' } });
  });

  it('that no token can follow is refused, not ended', async () => {
    // No vocabulary writes a zero character.
    const failure = await failureOf(ask({ grammar: 'root ::= "a" "\\x00"' }));
    expect(failure).toMatchObject({ code: 'invalid-input', details: { field: 'grammar' } });
  });

  it.each([
    ['that cannot be parsed', 'root ::= ("a"'],
    ['with an undefined rule', 'root ::= missing'],
    ['that would take all memory at once', 'root ::= "a"{5,2}'],
    ['that repeats itself to the left, unseen', 'root ::= a root "x"\na ::= b\nb ::= "" | "y"'],
    ['that nests past the native stack', `root ::= ${'('.repeat(50_000)}"a"${')'.repeat(50_000)}`],
    [
      'of rules that double each other',
      `root ::= r0\n${Array.from({ length: 60 }, (_, at) => `r${at} ::= r${at + 1} "a" | r${at + 1} "b"`).join('\n')}\nr60 ::= "x"`,
    ],
    ['that is too large', `root ::= "${'a'.repeat(300_000)}"`],
  ])('%s is refused and leaves the engine as it was', async (_, grammar) => {
    expect(await failureOf(ask({ grammar }))).toMatchObject({
      code: 'invalid-input',
      details: { field: 'grammar' },
    });
    expect((await ask({ maxTokens: 1 })).usage.completionTokens).toBe(1);
    expect(engine.hasExited).toBe(false);
  });

  it('whose readings double with every character is given up with the reason', async () => {
    const own = await startForkedEngine(model.spec({ sequences: 1 }), { signal: signal() });
    const request: GenerationRequest = {
      ...askFor('tell me', 100),
      grammar: 'root ::= "a" root "b" | "a" root "c" | "d"',
      logitBias: { [await idOf('a')]: 100 },
    };
    const failure = await failureOf(collectGeneration(own.generate(request, { signal: signal() })));
    await own.stop();
    expect(failure).toMatchObject({ code: 'invalid-input', details: { field: 'grammar' } });
  });

  it('is kept for the next request that brings it', async () => {
    const grammar = `root ::= ${Array.from({ length: 3_000 }, (_, at) => `"key${at}" [a-z]{1,20} ","`).join(' ')}`;
    const answers = [
      await ask({ grammar }),
      await ask({ grammar }),
      await ask({ grammar: LIST }),
      await ask({ grammar }),
    ];
    expect(answers[1]?.text).toBe(answers[0]?.text);
    expect(answers[3]?.text).toBe(answers[0]?.text);
    expect(answers[0]?.text).toMatch(/^key0[a-z]{1,20},key1/);
  });
});
