import { z } from 'zod';
import { LIMITS } from './limits.ts';

const OBJECT_WORD = 'is a word of JavaScript objects: take another name';

/** Names that every object answers to, or that change what it answers. */
function isObjectWord(key: string): boolean {
  return key === 'prototype' || key in Object.prototype;
}

export const LabelKey = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/,
    'must be 1 to 63 lower-case letters, digits, dots, dashes or underscores',
  )
  .refine((key) => !key.startsWith('hw.') && key !== 'device', 'the names `device` and `hw.*` are reserved')
  .refine((key) => !isObjectWord(key), OBJECT_WORD);
export type LabelKey = z.infer<typeof LabelKey>;

export const LabelValue = z
  .string()
  .regex(
    /^[a-zA-Z0-9](?:[a-zA-Z0-9._-]{0,61}[a-zA-Z0-9])?$/,
    'must be 1 to 63 letters, digits, dots, dashes or underscores',
  );
export type LabelValue = z.infer<typeof LabelValue>;

/** Zod itself only says that a key is invalid. */
function whyKeyIsInvalid(issue: z.core.$ZodRawIssue): string | undefined {
  return issue.code === 'invalid_key' ? issue.issues.map(({ message }) => message).join('; ') : undefined;
}

/** What people call a device; the label `site` names the network it shares with others. */
export const Labels = z
  .preprocess(
    (labels: Record<string, string>, context) => {
      // The record below leaves this one key out without a word.
      if (typeof labels === 'object' && labels !== null && Object.hasOwn(labels, '__proto__')) {
        context.addIssue({ code: 'custom', message: OBJECT_WORD, path: ['__proto__'], input: labels });
      }
      return labels;
    },
    z
      .record(LabelKey, LabelValue, { error: whyKeyIsInvalid })
      .refine(
        (labels) => Object.keys(labels).length <= LIMITS.labelsPerDevice,
        `at most ${LIMITS.labelsPerDevice} labels`,
      ),
  )
  .meta({ id: 'Labels' });
export type Labels = z.infer<typeof Labels>;
