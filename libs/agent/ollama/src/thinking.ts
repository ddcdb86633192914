import type { AnswerForm, ThinkingWish } from '@flotilla/agent-openai';
import { z } from 'zod';

export const Think = z.union([z.boolean(), z.literal(['low', 'medium', 'high'])]);
export type Think = z.infer<typeof Think>;

/** What a request wants of thinking; where it says nothing, the model thinks as it was trained to. */
export function thinkingWish({ think, form }: { think: Think | undefined; form: AnswerForm }): ThinkingWish {
  if (think === undefined) return { form };
  if (typeof think === 'string') return { form, effort: think, effortField: 'think' };
  return { form, think: { on: think, field: 'think' } };
}
