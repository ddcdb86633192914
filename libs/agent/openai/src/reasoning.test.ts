import { expect, it } from 'vitest';
import { FREE_TEXT, type AnswerForm } from './answer/answer-form.ts';
import { settleThinking, type ThinkingAbilities, type ThinkingWish } from './reasoning.ts';

const NONE = { supportsThinking: false, supportsReasoningEffort: false };
const THINKS = {
  supportsThinking: true,
  thinkingSwitch: 'enable_thinking',
  supportsReasoningEffort: false,
};
const ALWAYS = { supportsThinking: true, supportsReasoningEffort: false };
const LEVELS = { supportsThinking: true, supportsReasoningEffort: true };
const JSON_FORM: AnswerForm = { text: { kind: 'json-object' } };

const settled = (wish: Partial<ThinkingWish>, abilities: ThinkingAbilities): unknown => {
  const outcome = settleThinking({ form: FREE_TEXT, ...wish }, abilities);
  return outcome.ok ? outcome.templateOptions : outcome.error.details.field;
};

it.each([
  ['nothing where nothing is asked', {}, THINKS, undefined],
  ['the level, where there are levels', { effort: 'high' }, LEVELS, { reasoning_effort: 'high' }],
  ['not to think', { effort: 'none' }, THINKS, { enable_thinking: false }],
  ['nothing, where it cannot think anyway', { effort: 'none' }, NONE, undefined],
  ['what the client says to it', { templateOptions: { a: 1 } }, NONE, { a: 1 }],
  ['not to think where the answer must be JSON', { form: JSON_FORM }, THINKS, { enable_thinking: false }],
  ['to think', { think: { on: true, field: 'think' } }, THINKS, { enable_thinking: true }],
  [
    'so by its own switch',
    { think: { on: false } },
    { ...ALWAYS, thinkingSwitch: 'thinking' },
    { thinking: false },
  ],
  ['nothing where it has no switch', { think: { on: false, field: 'think' } }, ALWAYS, undefined],
  ['nothing about JSON where it has no switch', { form: JSON_FORM }, ALWAYS, undefined],
  ['nothing of a default that cannot be', { think: { on: true } }, NONE, undefined],
] as const)('tells the template %s', (_name, wish, abilities, options) => {
  expect(settled(wish, abilities)).toEqual(options);
});

it.each([
  ['reasoning_effort', { effort: 'low' }, THINKS],
  ['reasoning.effort', { effort: 'low', effortField: 'reasoning.effort' }, NONE],
  ['chat_template_kwargs.enable_thinking', { templateOptions: { enable_thinking: true } }, NONE],
  ['think', { think: { on: true, field: 'think' } }, NONE],
  ['think', { think: { on: true, field: 'think' }, form: JSON_FORM }, THINKS],
  ['chat_template_kwargs.reasoning_effort', { templateOptions: { reasoning_effort: 'low' } }, THINKS],
  ['reasoning_effort', { effort: 'low', form: JSON_FORM }, LEVELS],
  [
    'chat_template_kwargs.enable_thinking',
    { templateOptions: { enable_thinking: true }, form: JSON_FORM },
    LEVELS,
  ],
] as const)('refuses %s where the template cannot', (field, wish, abilities) => {
  expect(settled(wish, abilities)).toBe(field);
});

it('names the field that forbids thinking, which a prompt may do all the same', () => {
  const mustNot = (wish: Partial<ThinkingWish>) => settleThinking({ form: FREE_TEXT, ...wish }, ALWAYS);
  expect(mustNot({ effort: 'none' })).toEqual({ ok: true, mustNotThink: 'reasoning_effort' });
  expect(mustNot({ think: { on: false, field: 'think' } })).toMatchObject({ mustNotThink: 'think' });
  expect(mustNot({ think: { on: false } })).toEqual({ ok: true });
});
