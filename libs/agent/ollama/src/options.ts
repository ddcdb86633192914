import {
  PENALTY_FIELDS,
  SAMPLING_FIELDS,
  firstIssue,
  givenFields,
  refusedPair,
  refusedParameter,
  unsupported,
} from '@flotilla/agent-openai';
import type { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';
import { OLLAMA_OPTIONS, OLLAMA_OPTION_PAIRS } from './parameters.ts';

const { logit_bias: _notOllamas, ...PENALTIES } = PENALTY_FIELDS;

/** The honoured options, with `null` already taken as absent. */
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

/** The options that are accepted and change nothing: each has to be what Ollama documents. */
const UnusedOptions = z
  .object({
    num_keep: z.int(),
    num_thread: z.int(),
    num_batch: z.int(),
    num_gpu: z.int(),
    main_gpu: z.int(),
    draft_num_predict: z.int(),
    numa: z.boolean(),
    low_vram: z.boolean(),
    use_mmap: z.boolean(),
    use_mlock: z.boolean(),
  })
  .partial();

const within = <T>(field: string, entries: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(entries).map(([name, value]) => [`${field}.${name}`, value]));

/** The first option that is unknown, refused with this value, or of the wrong type though it changes nothing. `field`: what they stand in. */
export function refusedOption(options: object, field = 'options'): FlotillaError | undefined {
  const given = givenFields(options);
  const refusal = refusedParameter(within(field, OLLAMA_OPTIONS), within(field, given), 'Ollama');
  if (refusal !== undefined) return refusal;
  const unused = UnusedOptions.safeParse(given);
  return unused.success ? undefined : firstIssue(unused.error, [field]);
}

/** Two penalties that the engine cannot apply together, where both change something. `field`: what they stand in. */
export function refusedPenalties(options: Options, field = 'options'): FlotillaError | undefined {
  const { repeat_penalty = 1, repeat_last_n, frequency_penalty = 0, presence_penalty = 0 } = options;
  const stands = within(field, {
    repeat_penalty: repeat_penalty !== 1 && repeat_last_n !== 0,
    frequency_penalty: frequency_penalty !== 0,
    presence_penalty: presence_penalty !== 0,
  });
  const pairs = OLLAMA_OPTION_PAIRS.map(({ parameters: [first, second], why }) => ({
    parameters: [`${field}.${first}`, `${field}.${second}`] as const,
    why,
  }));
  return refusedPair(pairs, (name) => stands[name] === true);
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
