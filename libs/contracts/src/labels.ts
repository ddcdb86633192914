import { z } from 'zod';
import { LIMITS } from './limits.ts';

export const LabelKey = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/,
    'must be 1 to 63 lower-case letters, digits, dots, dashes or underscores',
  )
  .refine((key) => !key.startsWith('hw.') && key !== 'device', 'the names `device` and `hw.*` are reserved');
export type LabelKey = z.infer<typeof LabelKey>;

export const LabelValue = z
  .string()
  .regex(
    /^[a-zA-Z0-9](?:[a-zA-Z0-9._-]{0,61}[a-zA-Z0-9])?$/,
    'must be 1 to 63 letters, digits, dots, dashes or underscores',
  );
export type LabelValue = z.infer<typeof LabelValue>;

/** What people call a device; the label `site` names the network it shares with others. */
export const Labels = z
  .record(LabelKey, LabelValue)
  .refine(
    (labels) => Object.keys(labels).length <= LIMITS.labelsPerDevice,
    `at most ${LIMITS.labelsPerDevice} labels`,
  )
  .meta({ id: 'Labels' });
export type Labels = z.infer<typeof Labels>;
