import type { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';
import { allowsThinking, type AnswerForm } from './answer/answer-form.ts';
import { unsupported } from './errors.ts';
import type { GenerationRequest } from './generation.ts';
import { MOST_JSON_LEVELS, nestsDeeperThan } from './json-depth.ts';

export const ReasoningEffort = z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh']);
export type ReasoningEffort = z.infer<typeof ReasoningEffort>;

export const TemplateOptions = z
  .record(z.string().regex(/^\w{1,64}$/, 'must be the name of a variable'), z.unknown())
  .refine(
    (options) => !nestsDeeperThan(options, MOST_JSON_LEVELS),
    `nests deeper than ${MOST_JSON_LEVELS} levels`,
  );

/** What the model's template can do about thinking; undefined while that is not known. */
export interface ThinkingAbilities {
  supportsThinking: boolean;
  supportsReasoningEffort: boolean;
}

export interface ThinkingWish {
  effort?: ReasoningEffort;
  /** The field that `effort` stood in. */
  effortField?: string;
  templateOptions?: Record<string, unknown>;
  form: AnswerForm;
}

type Settled =
  | { ok: true; templateOptions: GenerationRequest['templateOptions'] }
  | { ok: false; error: FlotillaError };

/**
 * What the template is told about thinking, or why it cannot be.
 *
 * An answer that must begin with JSON or a call leaves no room, so the template is asked not to think.
 */
export function settleThinking(wish: ThinkingWish, abilities: ThinkingAbilities | undefined): Settled {
  const { effort, effortField = 'reasoning_effort', form } = wish;
  const given = wish.templateOptions ?? {};
  const held = !allowsThinking(form);
  const asked =
    (effort !== undefined && effort !== 'none') || given['enable_thinking'] === true
      ? effort === undefined
        ? 'chat_template_kwargs.enable_thinking'
        : effortField
      : undefined;
  if (held && asked !== undefined)
    return refuse(
      asked,
      'an answer that must begin with JSON or a call (`response_format`, `tool_choice`) leaves no room to think',
    );
  if (abilities !== undefined) {
    const { supportsThinking, supportsReasoningEffort } = abilities;
    if (effort !== undefined && effort !== 'none' && !supportsReasoningEffort)
      return refuse(effortField, 'the model’s template has no reasoning levels');
    if (given['reasoning_effort'] !== undefined && !supportsReasoningEffort)
      return refuse('chat_template_kwargs.reasoning_effort', 'the model’s template has no reasoning levels');
    if (given['enable_thinking'] === true && !supportsThinking)
      return refuse('chat_template_kwargs.enable_thinking', 'the model’s template cannot think');
  }
  const mayThink = abilities?.supportsThinking ?? false;
  const options: Record<string, unknown> = {
    ...(mayThink && (held || effort === 'none') ? { enable_thinking: false } : {}),
    ...given,
    ...(effort === undefined || effort === 'none' ? {} : { reasoning_effort: effort }),
  };
  return { ok: true, templateOptions: Object.keys(options).length === 0 ? undefined : options };
}

function refuse(field: string, reason: string): Settled {
  return { ok: false, error: unsupported(field, reason) };
}
