import { compileJsonSchema, jsonObjectGrammar, type SchemaProblem } from '@flotilla/agent-json-grammar';
import { MOST_GRAMMAR_BYTES } from '../generation.ts';
import { isConstrained, isHeld, type AnswerForm, type CallForm, type TextForm } from './answer-form.ts';
import { callRules, freeTextRules } from './call-grammar.ts';
import { prefixRules, rule } from './grammar-text.ts';

/** Why a form has no grammar: plain data, so that it can cross a thread. */
export interface FormProblem {
  kind: 'unsupported' | 'invalid';
  /** `tools[0].function.parameters/properties/a/uniqueItems` */
  field: string;
  reason: string;
}

/** `grammar` is absent where the form asks for nothing. */
export type AnswerGrammar = { ok: true; grammar?: string } | { ok: false; problem: FormProblem };

type Rules = { ok: true; text: string } | { ok: false; problem: FormProblem };

/**
 * The grammar (GBNF) under which an answer has the form.
 *
 * Takes as long as its schemas are large, up to some seconds: not for the thread that serves.
 */
export function answerGrammar(form: AnswerForm): AnswerGrammar {
  if (!isConstrained(form)) return { ok: true };
  const text = textRules(form.text);
  if (!text.ok) return text;
  const { calls } = form;
  const called = calls === undefined ? undefined : calledRules(calls);
  if (called?.ok === false) return called;
  const parts = [rule('root', roots(form)), text.text, called?.text ?? ''];
  if (form.text.kind === 'free' && calls !== undefined && !calls.required) parts.push(freeTextRules());
  const grammar = parts.join('');
  if (grammar.length > MOST_GRAMMAR_BYTES) {
    const reason = `the grammar would have ${grammar.length} bytes, more than ${MOST_GRAMMAR_BYTES}`;
    return { ok: false, problem: { kind: 'unsupported', field: fieldOf(form), reason } };
  }
  return { ok: true, grammar };
}

function roots({ text, calls }: AnswerForm): string[] {
  if (calls?.required === true) return ['calls'];
  if (text.kind === 'free') return ['free'];
  return calls === undefined ? ['text-root'] : ['text-root', 'calls'];
}

function textRules(form: TextForm): Rules {
  switch (form.kind) {
    case 'free':
      return { ok: true, text: '' };
    case 'json-object':
      return { ok: true, text: prefixRules(jsonObjectGrammar(), 'text-') };
    case 'json-schema':
      return schemaRules(form.schema, form.field, 'text-');
  }
}

function calledRules({ functions, required, single }: CallForm): Rules {
  const held = isHeld({ functions, required, single });
  const rules: string[] = [];
  const callables = [];
  for (const [index, { name, parameters, field, strict }] of functions.entries()) {
    const keepsSchema = required || strict;
    const prefix = keepsSchema ? `f${index}-` : 'any-';
    callables.push({ name, argumentsRule: `${prefix}root` });
    if (!keepsSchema || !held) continue;
    const schema = argumentsSchema(parameters, field);
    if (!schema.ok) return schema;
    const compiled = schemaRules(schema.schema, field, prefix);
    if (!compiled.ok) return compiled;
    rules.push(compiled.text);
  }
  if (callables.some(({ argumentsRule }) => argumentsRule === 'any-root'))
    rules.push(prefixRules(jsonObjectGrammar(), 'any-'));
  return { ok: true, text: callRules(callables, { single }) + rules.join('') };
}

/** Arguments are an object, whether the schema says so or not; a function without parameters takes none. */
function argumentsSchema(
  parameters: Record<string, unknown> | undefined,
  field: string,
): { ok: true; schema: unknown } | { ok: false; problem: FormProblem } {
  if (parameters === undefined)
    return { ok: true, schema: { type: 'object', properties: {}, additionalProperties: false } };
  const { type = 'object' } = parameters;
  if (type !== 'object')
    return {
      ok: false,
      problem: { kind: 'invalid', field: `${field}/type`, reason: 'must be `object`' },
    };
  return { ok: true, schema: { ...parameters, type } };
}

function schemaRules(schema: unknown, field: string, prefix: string): Rules {
  const compiled = compileJsonSchema(schema, { grammarBytes: MOST_GRAMMAR_BYTES });
  if (!compiled.ok) return { ok: false, problem: schemaProblem(compiled.problem, field) };
  return { ok: true, text: prefixRules(compiled.gbnf, prefix) };
}

function schemaProblem({ keyword, path, reason }: SchemaProblem, field: string): FormProblem {
  const at = `${field}${path}${keyword === '' ? '' : `/${keyword}`}`;
  return { kind: 'unsupported', field: at, reason };
}

function fieldOf({ text, calls }: AnswerForm): string {
  if (text.kind === 'json-schema') return text.field;
  return calls?.functions[0]?.field ?? 'tools';
}
