import type { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';
import { allowsThinking, type AnswerForm } from './answer/answer-form.ts';
import { unsupported } from './errors.ts';
import type { GenerationRequest } from './generation.ts';
import { forPrompt } from './json-object.ts';

export const ReasoningEffort = z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh']);
export type ReasoningEffort = z.infer<typeof ReasoningEffort>;

export const TemplateOptions = forPrompt(
  z.record(z.string().regex(/^\w{1,64}$/, 'must be the name of a variable'), z.unknown()),
);

/** What the model's template can do about thinking; undefined while that is not known. */
export interface ThinkingAbilities {
  supportsThinking: boolean;
  /** The template's variable that switches it; absent: the model thinks as it was trained to. */
  thinkingSwitch?: string;
  supportsReasoningEffort: boolean;
}

export interface ThinkingWish {
  effort?: ReasoningEffort;
  /** The field that `effort` stood in. */
  effortField?: string;
  /** Whether to think. `field`: where the request said so; absent for a default, which gives way to what cannot be. */
  think?: { on: boolean; field?: string };
  templateOptions?: Record<string, unknown>;
  form: AnswerForm;
}

type Settled =
  | {
      ok: true;
      templateOptions: GenerationRequest['templateOptions'];
      /** The field that said not to think; a prompt that begins to think all the same must be refused by it. */
      mustNotThink?: string;
    }
  | { ok: false; error: FlotillaError };

/** True where the answer is another one for a template that thinks: who does not know it must find out first. */
export function saysAboutThinking({ effort, think, templateOptions, form }: ThinkingWish): boolean {
  return (
    effort !== undefined || think !== undefined || templateOptions !== undefined || !allowsThinking(form)
  );
}

/**
 * What the template is told about thinking, or why it cannot be.
 *
 * An answer that must begin with JSON or a call leaves no room, so the template is asked not to think.
 */
export function settleThinking(wish: ThinkingWish, abilities: ThinkingAbilities | undefined): Settled {
  const { effort, effortField = 'reasoning_effort', think, form } = wish;
  const given = wish.templateOptions ?? {};
  const level = effort === undefined || effort === 'none' ? undefined : effort;
  const held = !allowsThinking(form);
  const asked =
    level !== undefined
      ? effortField
      : given['enable_thinking'] === true
        ? 'chat_template_kwargs.enable_thinking'
        : think?.on === true
          ? think.field
          : undefined;
  if (held && asked !== undefined)
    return refuse(
      asked,
      'an answer that must begin with JSON or a call (`response_format`, `format`, `tool_choice`) leaves no room to think',
    );
  if (abilities !== undefined) {
    const { supportsThinking, supportsReasoningEffort } = abilities;
    if (level !== undefined && !supportsReasoningEffort)
      return refuse(effortField, 'the model’s template has no reasoning levels');
    if (given['reasoning_effort'] !== undefined && !supportsReasoningEffort)
      return refuse('chat_template_kwargs.reasoning_effort', 'the model’s template has no reasoning levels');
    if (asked !== undefined && !supportsThinking && !supportsReasoningEffort)
      return refuse(asked, 'the model’s template cannot think');
  }
  const mustNotThink = effort === 'none' ? effortField : think?.on === false ? think.field : undefined;
  const on = held || effort === 'none' ? false : think?.on;
  const { thinkingSwitch } = abilities ?? {};
  const options: Record<string, unknown> = {
    ...(thinkingSwitch === undefined || on === undefined ? {} : { [thinkingSwitch]: on }),
    ...given,
    ...(level === undefined ? {} : { reasoning_effort: level }),
  };
  return {
    ok: true,
    templateOptions: Object.keys(options).length === 0 ? undefined : options,
    ...(mustNotThink === undefined ? {} : { mustNotThink }),
  };
}

function refuse(field: string, reason: string): Settled {
  return { ok: false, error: unsupported(field, reason) };
}
