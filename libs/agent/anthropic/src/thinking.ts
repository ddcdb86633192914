import { isConstrained, unsupported, type AnswerForm, type ThinkingWish } from '@flotilla/agent-openai';
import type { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';

const Display = z.enum(['summarized', 'omitted']).nullish();

export const AnthropicThinking = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('enabled'), budget_tokens: z.int().min(1), display: Display }),
  z.strictObject({ type: z.literal('adaptive'), display: Display }),
  z.strictObject({ type: z.literal('disabled') }),
]);
export type AnthropicThinking = z.infer<typeof AnthropicThinking>;

export const Effort = z.enum(['low', 'medium', 'high', 'xhigh', 'max']);
export type Effort = z.infer<typeof Effort>;

export interface ThinkingChoice {
  thinking: AnthropicThinking | undefined;
  effort: Effort | undefined;
  form: AnswerForm;
}

export type AnthropicWish = { ok: true; wish: ThinkingWish } | { ok: false; error: FlotillaError };

/**
 * What a request wants of thinking.
 *
 * Without `thinking` a model does not think, as Anthropic documents it, where that can be switched. `adaptive` leaves
 * it to the model, so one that cannot think simply answers.
 */
export function thinkingWish({ thinking, effort, form }: ThinkingChoice): AnthropicWish {
  if (effort === 'xhigh' || effort === 'max')
    return {
      ok: false,
      error: unsupported(
        'output_config.effort',
        `there is no level \`${effort}\` here; use low, medium or high`,
      ),
    };
  const levels = effort === undefined ? {} : { effort, effortField: 'output_config.effort' };
  return { ok: true, wish: { form, ...levels, think: thinkOf(thinking, form) } };
}

function thinkOf(thinking: AnthropicThinking | undefined, form: AnswerForm): ThinkingWish['think'] {
  switch (thinking?.type) {
    case undefined:
      return { on: false };
    case 'disabled':
      return { on: false, field: 'thinking' };
    case 'adaptive':
      return { on: !isConstrained(form) };
    case 'enabled':
      return { on: true, field: 'thinking' };
  }
}

/** Whether the thinking itself is shown. */
export function showsThinking(thinking: AnthropicThinking | undefined): boolean {
  return thinking === undefined || thinking.type === 'disabled' || thinking.display !== 'omitted';
}
