import type { AnswerForm } from '@flotilla/agent-openai';
import { afterEach, expect, it } from 'vitest';
import {
  createGrammarCompiler,
  type GrammarCompiler,
  type GrammarCompilerOptions,
} from './grammar-compiler.ts';

let compiler: GrammarCompiler | undefined;
afterEach(async () => {
  await compiler?.close();
  compiler = undefined;
});
const start = (options?: GrammarCompilerOptions): GrammarCompiler =>
  (compiler = createGrammarCompiler(options));

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
  expect(refused).toHaveLength(15);
  expect(refused[0]).toMatchObject({ reason: { code: 'queue-full' } });
});

it('says when to come back by how long its forms took', async () => {
  let at = 0;
  const grammars = start({ now: () => (at += 500) });
  await grammars.compile(form({ type: 'boolean' }));
  const waiting = Array.from({ length: 65 }, (_, index) => grammars.compile(form({ const: index })));
  await expect(grammars.compile(form({ const: 'one too many' }))).rejects.toMatchObject({
    code: 'queue-full',
    details: { retryAfterMs: 65 * 500, queuePosition: 65 },
  });
  await Promise.all(waiting);
});

it('compiles those of each key in turn', async () => {
  const grammars = start();
  const ended: string[] = [];
  const ask = async (key: string, name: string): Promise<void> => {
    await grammars.compile(form({ const: name }), { key });
    ended.push(name);
  };
  await Promise.all(['a1', 'a2', 'a3', 'a4', 'b1'].map((name) => ask(name.charAt(0), name)));
  expect(ended).toEqual(['a1', 'a2', 'b1', 'a3', 'a4']);
});

it('drops what nobody waits for any more, and goes on for who still does', async () => {
  const grammars = start();
  const gone = new AbortController();
  const { signal } = gone;
  const running = grammars.compile(form(SLOW)).catch(() => undefined);
  const left = Array.from({ length: 64 }, (_, index) => grammars.compile(form({ const: index }), { signal }));
  const shared = grammars.compile(form({ const: 0 }));
  gone.abort();
  const outcomes = await Promise.allSettled(left);
  expect(outcomes.map(({ status }) => status)).not.toContain('fulfilled');
  expect(outcomes[0]).toMatchObject({ reason: { code: 'aborted' } });
  const others = Array.from({ length: 63 }, (_, index) => grammars.compile(form({ const: `${index}` })));
  await expect(grammars.compile(form({ const: true }))).rejects.toMatchObject({ code: 'queue-full' });
  await expect(grammars.compile(form({ const: false }), { signal })).rejects.toThrow(/abort/i);
  expect(await shared).toContain('root');
  await Promise.all([running, ...others]);
});

it('ends a form that takes too long, by the field of its schema, and goes on', async () => {
  const grammars = start({ deadlineMs: 1 });
  const strict = { name: 'lock', field: 'tools[0].function.parameters', strict: true, parameters: SLOW };
  const calls = { functions: [strict], required: false, single: false };
  for (const [slow, field] of [
    [form(SLOW), 'format'],
    [{ text: { kind: 'free' as const }, calls }, 'tools[0].function.parameters'],
  ] as const)
    await expect(grammars.compile(slow)).rejects.toMatchObject({
      code: 'unsupported-parameter',
      message: expect.stringContaining('too expensive') as string,
      details: { field },
    });
});

it('refuses a schema over the limit of bytes at once, and compiles one that reaches it', async () => {
  const grammars = start();
  const sized = (bytes: number): AnswerForm =>
    form({ type: 'null', description: 'x'.repeat(bytes - '{"type":"null","description":""}'.length) });
  let ended = false;
  const slow = grammars
    .compile(form(SLOW))
    .catch(() => undefined)
    .finally(() => (ended = true));
  await expect(grammars.compile(sized(65_537))).rejects.toMatchObject({
    code: 'unsupported-parameter',
    details: { field: 'format' },
  });
  expect(ended).toBe(false);
  await slow;
  expect(await grammars.compile(sized(65_536))).toContain('root');
});

it('starts again after it was closed', async () => {
  const grammars = start();
  const waiting = grammars.compile(form(SLOW));
  const failed = expect(waiting).rejects.toMatchObject({ code: 'draining' });
  await grammars.close();
  await failed;
  expect(await grammars.compile(form({ type: 'null' }))).toContain('root');
});
