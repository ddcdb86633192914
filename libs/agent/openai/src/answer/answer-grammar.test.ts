import { Gbnf } from '@flotilla/agent-json-grammar/testing';
import { describe, expect, it } from 'vitest';
import { createToolCallParser } from '../tool-call-parser.ts';
import type { AnswerForm, CallForm, CallableFunction } from './answer-form.ts';
import { answerGrammar } from './answer-grammar.ts';

const lock: CallableFunction = {
  name: 'lock',
  field: 'tools[0].function.parameters',
  strict: true,
  parameters: { type: 'object', properties: { door: { type: 'integer' } }, required: ['door'] },
};
const tell: CallableFunction = { name: 'tell', field: 'tools[1].function.parameters', strict: false };
const free: AnswerForm['text'] = { kind: 'free' };
const schema: AnswerForm['text'] = {
  kind: 'json-schema',
  schema: { type: 'object', properties: { a: { type: 'boolean' } }, required: ['a'] },
  field: 'response_format.json_schema.schema',
};
const calls = (changes: Partial<CallForm> = {}): CallForm => ({
  functions: [lock, tell],
  required: false,
  single: false,
  ...changes,
});

const LOCK = '<tool_call>\n{"name": "lock", "arguments": {"door": 2}}\n</tool_call>';
const TELL = '<tool_call>{"name":"tell","arguments":{}}</tool_call>';

function taken(form: AnswerForm, texts: readonly string[]): string[] {
  const compiled = answerGrammar(form);
  if (!compiled.ok || compiled.grammar === undefined) throw new Error(JSON.stringify(compiled));
  const grammar = new Gbnf(compiled.grammar);
  return texts.filter((text) => grammar.accepts(text));
}

describe('answerGrammar', () => {
  it.each([
    ['free text', { text: free }],
    ['calls that the model may make as it likes', { text: free, calls: calls({ functions: [tell] }) }],
  ])('asks for nothing for %s', (_name, form) => {
    expect(answerGrammar(form)).toEqual({ ok: true });
  });

  it('holds text to JSON and to a schema', () => {
    const texts = ['{"a":true}', '{"a": false}', '{"b":1}', '[]', 'no', ' {"a":true}'];
    expect(taken({ text: schema }, texts)).toEqual(['{"a":true}', '{"a": false}']);
    expect(taken({ text: { kind: 'json-object' } }, texts)).toEqual(texts.slice(0, 3));
  });

  it('allows nothing but calls where one is required, each with its own arguments', () => {
    const bad = '<tool_call>{"name":"tell","arguments":{"door":2}}</tool_call>';
    const texts = [LOCK, TELL, `${LOCK}\n${TELL}`, `${TELL}${TELL}`, 'Sure.', `Sure. ${LOCK}`, '', bad];
    expect(taken({ text: free, calls: calls({ required: true }) }, texts)).toEqual(texts.slice(0, 4));
    expect(taken({ text: schema, calls: calls({ required: true }) }, texts)).toEqual(texts.slice(0, 4));
  });

  it('allows one call at most where they may not be parallel', () => {
    const texts = [LOCK, TELL, `${LOCK}\n${TELL}`];
    expect(taken({ text: free, calls: calls({ required: true, single: true }) }, texts)).toEqual([
      LOCK,
      TELL,
    ]);
    expect(
      taken({ text: free, calls: calls({ single: true }) }, [...texts, 'Sure.', `Sure. ${TELL}`]),
    ).toEqual([LOCK, TELL, 'Sure.', `Sure. ${TELL}`]);
  });

  it('leaves text free beside calls that keep to their schema', () => {
    const texts = [
      'Sure.',
      'a < b <tool',
      '<<tool_call',
      `Sure.\n${LOCK}`,
      `<tool_${LOCK}`,
      LOCK,
      `${LOCK}${TELL}`,
    ];
    const strange = ['<tool_call>', 'x <tool_call>{"name":"open","arguments":{}}</tool_call>', `${LOCK} and`];
    expect(taken({ text: free, calls: calls() }, [...texts, ...strange])).toEqual(texts);
  });

  it('allows either the JSON or calls where both were asked for', () => {
    const texts = ['{"a":true}', LOCK, `${LOCK}\n${TELL}`, `{"a":true}${LOCK}`, 'Sure.'];
    expect(taken({ text: schema, calls: calls() }, texts)).toEqual(texts.slice(0, 3));
  });

  it('writes calls that the parser finds', () => {
    const compiled = answerGrammar({ text: free, calls: calls({ required: true }) });
    const grammar = new Gbnf(compiled.ok ? (compiled.grammar ?? '') : '');
    let seed = 7;
    const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    for (let round = 0; round < 50; round += 1) {
      const parser = createToolCallParser();
      const text = grammar.sample(random, 40);
      expect([...parser.push(text), ...parser.flush()].map(({ kind }) => kind)).not.toContain('text');
    }
  });

  it('names the keyword it cannot hold to by its path', () => {
    const unique = { type: 'array', items: {}, uniqueItems: true };
    expect(answerGrammar({ text: { kind: 'json-schema', schema: unique, field: 'format' } })).toMatchObject({
      ok: false,
      problem: { kind: 'unsupported', field: 'format/uniqueItems' },
    });
    const parameters = { type: 'object', properties: { tags: unique } };
    expect(
      answerGrammar({ text: free, calls: calls({ functions: [{ ...tell, parameters }], required: true }) }),
    ).toMatchObject({
      ok: false,
      problem: { field: 'tools[1].function.parameters/properties/tags/uniqueItems' },
    });
    expect(
      answerGrammar({
        text: free,
        calls: calls({ functions: [{ ...lock, parameters: { type: 'array' } }] }),
      }),
    ).toMatchObject({ ok: false, problem: { kind: 'invalid', field: 'tools[0].function.parameters/type' } });
  });

  it('asks nothing of the schema of a function that may be called as the model likes', () => {
    const parameters = { type: 'object', properties: { tags: { type: 'array', uniqueItems: true } } };
    const loose = { ...tell, parameters };
    expect(taken({ text: free, calls: calls({ functions: [lock, loose] }) }, [TELL])).toEqual([TELL]);
  });

  it('refuses a grammar that is too large', () => {
    const names = Array.from({ length: 40 }, (_, index): CallableFunction => ({
      name: `f${index}`,
      field: `tools[${index}]`,
      strict: true,
      parameters: { type: 'object', properties: { a: { type: 'string', maxLength: 200 } } },
    }));
    expect(answerGrammar({ text: free, calls: calls({ functions: names }) })).toMatchObject({
      ok: false,
      problem: { kind: 'unsupported', field: 'tools[0]' },
    });
  });
});
