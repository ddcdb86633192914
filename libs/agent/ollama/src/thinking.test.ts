import { FREE_TEXT } from '@flotilla/agent-openai';
import { describe, expect, it } from 'vitest';
import { settleThink, type Think } from './thinking.ts';

const THINKS = { supportsThinking: true, supportsReasoningEffort: false };
const LEVELS = { supportsThinking: true, supportsReasoningEffort: true };
const CANNOT = { supportsThinking: false, supportsReasoningEffort: false };

describe('think', () => {
  it.each<[Think | undefined, typeof THINKS, object | undefined]>([
    [undefined, THINKS, undefined],
    [true, THINKS, { enable_thinking: true }],
    [false, THINKS, { enable_thinking: false }],
    ['low', LEVELS, { reasoning_effort: 'low' }],
    [false, CANNOT, undefined],
    [undefined, CANNOT, undefined],
  ])('%j tells the template what it must', (think, abilities, templateOptions) => {
    expect(settleThink({ think, form: FREE_TEXT }, abilities)).toEqual({ ok: true, templateOptions });
  });

  it.each<[Think, typeof THINKS]>([
    [true, CANNOT],
    ['high', CANNOT],
    ['high', THINKS],
  ])('%j is refused where the template cannot', (think, abilities) => {
    expect(settleThink({ think, form: FREE_TEXT }, abilities)).toMatchObject({
      ok: false,
      error: { code: 'unsupported-parameter', details: { field: 'think' } },
    });
  });

  it('is refused together with a format, which otherwise keeps the model from thinking', () => {
    const form = { text: { kind: 'json-object' as const } };
    expect(settleThink({ think: true, form }, THINKS)).toMatchObject({ ok: false });
    expect(settleThink({ think: undefined, form }, THINKS)).toEqual({
      ok: true,
      templateOptions: { enable_thinking: false },
    });
  });
});
