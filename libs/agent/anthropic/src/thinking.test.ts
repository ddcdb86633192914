import { FREE_TEXT } from '@flotilla/agent-openai';
import { describe, expect, it } from 'vitest';
import { showsThinking, thinkingWish, type ThinkingChoice } from './thinking.ts';

const wished = (choice: Partial<ThinkingChoice>) =>
  thinkingWish({ thinking: undefined, effort: undefined, form: FREE_TEXT, ...choice });
const JSON_FORM = { text: { kind: 'json-object' as const } };

describe('thinking', () => {
  it.each<[Partial<ThinkingChoice>, object]>([
    [{}, { think: { on: false } }],
    [{ thinking: { type: 'disabled' } }, { think: { on: false, field: 'thinking' } }],
    [{ thinking: { type: 'enabled', budget_tokens: 2_000 } }, { think: { on: true, field: 'thinking' } }],
    [{ thinking: { type: 'adaptive' } }, { think: { on: true } }],
    [{ thinking: { type: 'adaptive' }, form: JSON_FORM }, { think: { on: false } }],
    [{ effort: 'low' }, { think: { on: false }, effort: 'low', effortField: 'output_config.effort' }],
  ])('%j is wished as it is documented', (choice, wish) => {
    expect(wished(choice)).toEqual({ ok: true, wish: { form: choice.form ?? FREE_TEXT, ...wish } });
  });

  it('has no levels above high', () => {
    expect(wished({ effort: 'max' })).toMatchObject({
      ok: false,
      error: { details: { field: 'output_config.effort' } },
    });
  });

  it('is shown unless it is to be left out', () => {
    expect(showsThinking({ type: 'adaptive' })).toBe(true);
    expect(showsThinking({ type: 'adaptive', display: 'omitted' })).toBe(false);
  });
});
