import {
  isConstrained,
  settleThinking,
  unsupported,
  type AnswerForm,
  type GenerationRequest,
  type ThinkingAbilities,
} from '@flotilla/agent-openai';
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

export type SettledThinking =
  | { ok: true; templateOptions: GenerationRequest['templateOptions'] }
  | { ok: false; error: FlotillaError };

/**
 * What the template is told about thinking, or why it cannot be; `abilities` undefined while they are not known.
 *
 * Without `thinking` a model does not think, as Anthropic documents it. `adaptive` leaves it to the model, so one
 * that cannot think simply answers.
 */
export function settleAnthropicThinking(
  { thinking, effort, form }: ThinkingChoice,
  abilities: ThinkingAbilities | undefined,
): SettledThinking {
  const mayThink = abilities?.supportsThinking !== false;
  if (thinking?.type === 'enabled' && !mayThink)
    return { ok: false, error: unsupported('thinking', 'the model’s template cannot think') };
  if (effort === 'xhigh' || effort === 'max')
    return {
      ok: false,
      error: unsupported(
        'output_config.effort',
        `there is no level \`${effort}\` here; use low, medium or high`,
      ),
    };
  const thinks = thinking !== undefined && thinking.type !== 'disabled' && mayThink && !isConstrained(form);
  return settleThinking(
    {
      form,
      ...(effort === undefined ? {} : { effort, effortField: 'output_config.effort' }),
      ...(abilities?.supportsThinking === true ? { templateOptions: { enable_thinking: thinks } } : {}),
    },
    abilities,
  );
}

/** Whether the thinking itself is shown. */
export function showsThinking(thinking: AnthropicThinking | undefined): boolean {
  return thinking === undefined || thinking.type === 'disabled' || thinking.display !== 'omitted';
}
