import type { AnswerForm } from '@flotilla/agent-openai';
import { afterEach, expect, it } from 'vitest';
import { createGrammarCompiler, type GrammarCompiler } from './grammar-compiler.ts';

let compiler: GrammarCompiler | undefined;
afterEach(async () => {
  await compiler?.close();
  compiler = undefined;
});
const start = (): GrammarCompiler => (compiler = createGrammarCompiler());

const form = (schema: unknown): AnswerForm => ({ text: { kind: 'json-schema', schema, field: 'format' } });
const SLOW = { type: 'string', maxLength: 8_000, pattern: '^(ab|cd|[a-z]{3,900})*x[0-9]{1,400}$' };

it('compiles in a thread, so that this one goes on', async () => {
  let turns = 0;
  let ended = false;
  const slow = start()
    .compile(form(SLOW))
    .catch(() => undefined)
    .finally(() => (ended = true));
  while (!ended) {
    turns += 1;
    await new Promise((resolve) => setImmediate(resolve));
  }
  await slow;
  expect(turns).toBeGreaterThan(10);
});

it('gives the same grammar again, and asks for nothing where the form asks for nothing', async () => {
  const grammars = start();
  const schema = { type: 'object', properties: { a: { type: 'boolean' } } };
  const [first, second] = await Promise.all([grammars.compile(form(schema)), grammars.compile(form(schema))]);
  expect(first).toContain('root ::= text-root');
  expect(second).toBe(first);
  expect(await grammars.compile({ text: { kind: 'free' } })).toBeUndefined();
});

it('names what it cannot hold to, and goes on with the next', async () => {
  const grammars = start();
  const refused = grammars.compile(form({ type: 'array', uniqueItems: true }));
  const next = grammars.compile(form({ type: 'boolean' }));
  await expect(refused).rejects.toMatchObject({
    code: 'unsupported-parameter',
    details: { field: 'format/uniqueItems' },
  });
  expect(await next).toContain('root');
});

it('refuses more than may wait', async () => {
  const grammars = start();
  const many = Array.from({ length: 80 }, (_, index) => grammars.compile(form({ const: index })));
  const outcomes = await Promise.allSettled(many);
  const refused = outcomes.filter(({ status }) => status === 'rejected');
  expect(refused).toHaveLength(16);
  expect(refused[0]).toMatchObject({ reason: { code: 'queue-full' } });
});

it('starts again after it was closed', async () => {
  const grammars = start();
  const waiting = grammars.compile(form(SLOW));
  const failed = expect(waiting).rejects.toMatchObject({ code: 'draining' });
  await grammars.close();
  await failed;
  expect(await grammars.compile(form({ type: 'null' }))).toContain('root');
});
