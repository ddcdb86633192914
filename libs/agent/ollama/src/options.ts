import {
  PENALTY_FIELDS,
  SAMPLING_FIELDS,
  givenFields,
  refusedParameter,
  unsupported,
} from '@flotilla/agent-openai';
import type { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';
import { OLLAMA_OPTIONS } from './parameters.ts';

const { logit_bias: _notOllamas, ...PENALTIES } = PENALTY_FIELDS;

/** The honoured options, with `null` already taken as absent; those that change nothing are not looked into. */
export const Options = z.object({
  ...SAMPLING_FIELDS,
  ...PENALTIES,
  num_predict: z
    .int()
    .refine((tokens) => tokens >= 1 || tokens === -1 || tokens === -2, 'must be above 0, or -1 or -2')
    .optional(),
  num_ctx: z.int().min(1).optional(),
});
export type Options = z.infer<typeof Options>;

const within = <T>(field: string, entries: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(entries).map(([name, value]) => [`${field}.${name}`, value]));

/** The first option that is unknown, or refused with this value. `field`: what they stand in. */
export function refusedOption(options: object, field = 'options'): FlotillaError | undefined {
  return refusedParameter(within(field, OLLAMA_OPTIONS), within(field, givenFields(options)), 'Ollama');
}

/** More than any context holds: the answer then ends where the context does. */
const AS_FAR_AS_IT_GOES = 2_147_483_647;

export function maxTokensOf({ num_predict: asked }: Options): number | undefined {
  return asked !== undefined && asked < 0 ? AS_FAR_AS_IT_GOES : asked;
}

/** A context that the caller counts on and that the service does not have. */
export function refusedContext(asked: number | undefined, has: number): FlotillaError | undefined {
  return asked === undefined || asked <= has
    ? undefined
    : unsupported('options.num_ctx', `the service has a context of ${has} tokens, and no request changes it`);
}
