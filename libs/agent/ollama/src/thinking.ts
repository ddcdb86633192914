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

export const Think = z.union([z.boolean(), z.literal(['low', 'medium', 'high'])]);
export type Think = z.infer<typeof Think>;

/** What the template is told about thinking, or why it cannot be; `abilities` undefined while they are not known. */
export function settleThink(
  { think, form }: { think: Think | undefined; form: AnswerForm },
  abilities: ThinkingAbilities | undefined,
): { ok: true; templateOptions: GenerationRequest['templateOptions'] } | { ok: false; error: FlotillaError } {
  const isAsked = think !== undefined && think !== false;
  if (isAsked && isConstrained(form)) return refuse('together with `format` there is no room to think');
  if (isAsked && abilities?.supportsThinking === false && !abilities.supportsReasoningEffort)
    return refuse('the model’s template cannot think');
  const effort = think === false ? 'none' : typeof think === 'string' ? think : undefined;
  return settleThinking(
    {
      form,
      ...(effort === undefined ? {} : { effort, effortField: 'think' }),
      ...(think === true && abilities?.supportsThinking !== false
        ? { templateOptions: { enable_thinking: true } }
        : {}),
    },
    abilities,
  );
}

function refuse(reason: string): { ok: false; error: FlotillaError } {
  return { ok: false, error: unsupported('think', reason) };
}
