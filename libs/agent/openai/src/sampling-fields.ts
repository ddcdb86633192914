import { z } from 'zod';
import type { RequestSampling } from './generation.ts';

/** Text that has a UTF-8 form. */
export const WellFormed = z.string().refine((text) => text.isWellFormed(), 'is not well-formed Unicode');
const StopString = WellFormed.min(1);

/** Seconds after which a client no longer wants the answer, in milliseconds. */
export const TimeoutSeconds = z
  .number()
  .gt(0)
  .max(86_400)
  .transform((seconds) => Math.ceil(seconds * 1_000));

/** The fields that several routes share, as they stand in a body. */
export const SAMPLING_FIELDS = {
  temperature: z.number().min(0).max(2).optional(),
  top_p: z.number().min(0).max(1).optional(),
  top_k: z.int().min(0).optional(),
  min_p: z.number().min(0).max(1).optional(),
};

export const PENALTY_FIELDS = {
  frequency_penalty: z.number().min(-2).max(2).optional(),
  presence_penalty: z.number().min(-2).max(2).optional(),
  repeat_penalty: z.number().gt(0).max(10).optional(),
  repeat_last_n: z.int().min(-1).optional(),
  logit_bias: z
    .record(z.string().regex(/^\d+$/, 'must be a token id'), z.number().min(-100).max(100))
    .refine((biases) => Object.keys(biases).length <= 1_024, 'has more than 1024 tokens')
    .optional(),
  seed: z.int().optional(),
  stop: z.union([StopString.transform((stop) => [stop]), z.array(StopString).max(16)]).optional(),
};

export const CALLER_FIELDS = { user: z.string().optional(), timeout: TimeoutSeconds.optional() };

/** Answers asked for with one request. */
export const MOST_CHOICES = 16;
export const ChoiceCount = z.int().min(1).max(MOST_CHOICES);

export const StreamOptions = z.strictObject({
  include_usage: z.boolean().nullish(),
  include_obfuscation: z.literal(false).nullish(),
});

type Sampling = z.infer<z.ZodObject<typeof SAMPLING_FIELDS & typeof PENALTY_FIELDS>>;

/** The part of a body that says how tokens are chosen. */
export function toSampling(body: Sampling): RequestSampling {
  return {
    temperature: body.temperature,
    topP: body.top_p,
    topK: body.top_k,
    minP: body.min_p,
    seed: body.seed,
    frequencyPenalty: body.frequency_penalty,
    presencePenalty: body.presence_penalty,
    repeatPenalty: body.repeat_penalty,
    repeatLastN: body.repeat_last_n,
  };
}
