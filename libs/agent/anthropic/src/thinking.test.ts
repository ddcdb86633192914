import { FREE_TEXT } from '@flotilla/agent-openai';
import { describe, expect, it } from 'vitest';
import { settleAnthropicThinking, showsThinking, type ThinkingChoice } from './thinking.ts';

const THINKS = { supportsThinking: true, supportsReasoningEffort: false };
const LEVELS = { supportsThinking: true, supportsReasoningEffort: true };
const CANNOT = { supportsThinking: false, supportsReasoningEffort: false };
const ENABLED = { type: 'enabled', budget_tokens: 2_000 } as const;

const settle = (choice: Partial<ThinkingChoice>, abilities: typeof THINKS) =>
  settleAnthropicThinking({ thinking: undefined, effort: undefined, form: FREE_TEXT, ...choice }, abilities);

describe('thinking', () => {
  it.each<[Partial<ThinkingChoice>, typeof THINKS, object | undefined]>([
    [{}, THINKS, { enable_thinking: false }],
    [{ thinking: { type: 'disabled' } }, THINKS, { enable_thinking: false }],
    [{ thinking: ENABLED }, THINKS, { enable_thinking: true }],
    [{ thinking: { type: 'adaptive' } }, THINKS, { enable_thinking: true }],
    [{ thinking: { type: 'adaptive' } }, CANNOT, undefined],
    [{}, CANNOT, undefined],
    [{ effort: 'low' }, LEVELS, { enable_thinking: false, reasoning_effort: 'low' }],
    [
      { thinking: { type: 'adaptive' }, form: { text: { kind: 'json-object' } } },
      THINKS,
      { enable_thinking: false },
    ],
  ])('%j tells the template what it must', (choice, abilities, templateOptions) => {
    expect(settle(choice, abilities)).toEqual({ ok: true, templateOptions });
  });

  it.each<[Partial<ThinkingChoice>, typeof THINKS, string]>([
    [{ thinking: ENABLED }, CANNOT, 'thinking'],
    [{ effort: 'high' }, THINKS, 'output_config.effort'],
    [{ effort: 'max' }, LEVELS, 'output_config.effort'],
  ])('%j is refused where the template cannot', (choice, abilities, field) => {
    expect(settle(choice, abilities)).toMatchObject({ ok: false, error: { details: { field } } });
  });

  it('is shown unless it is to be left out', () => {
    expect(showsThinking({ type: 'adaptive' })).toBe(true);
    expect(showsThinking({ type: 'adaptive', display: 'omitted' })).toBe(false);
  });
});
