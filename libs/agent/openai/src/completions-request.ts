import type { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';
import { invalid, unsupported } from './errors.ts';
import type { GenerationRequest } from './generation.ts';
import { COMPLETION_PAIRS, COMPLETION_PARAMETERS } from './parameters/completions.ts';
import { refusedPair } from './parameters/table.ts';
import { readBody } from './read-body.ts';
import {
  CALLER_FIELDS,
  ChoiceCount,
  PENALTY_FIELDS,
  SAMPLING_FIELDS,
  StreamOptions,
  toSampling,
} from './sampling-fields.ts';
import { eachOf, textsOrTokens } from './texts-or-tokens.ts';

/** Prompts times choices. */
const MOST_COMPLETIONS = 64;

const CompletionBody = z.object({
  model: z.string().min(1),
  prompt: textsOrTokens({ most: MOST_COMPLETIONS, emptyText: true }),
  ...SAMPLING_FIELDS,
  ...PENALTY_FIELDS,
  max_tokens: z.int().min(0).default(16),
  n: ChoiceCount.default(1),
  best_of: z.int().min(1).optional(),
  stream: z.boolean().default(false),
  stream_options: StreamOptions.optional(),
  logprobs: z.int().min(0).max(5).optional(),
  echo: z.boolean().default(false),
  ...CALLER_FIELDS,
});

/** `POST /v1/completions` as we run it: one generation per prompt and choice, the choices of a prompt side by side. */
export interface CompletionCall {
  model: string;
  /** Each is generated `choices` times. */
  generations: GenerationRequest[];
  choices: number;
  stream: boolean;
  includeUsage: boolean;
  echo: boolean;
  /** Nothing was asked for behind the prompt; each generation has one token all the same, which is to be dropped. */
  promptOnly: boolean;
  timeoutMs?: number;
}

export type ParsedCompletionRequest =
  | { ok: true; call: CompletionCall }
  | { ok: false; error: FlotillaError };

export function parseCompletionRequest(body: unknown): ParsedCompletionRequest {
  const read = readBody(body, {
    schema: CompletionBody,
    table: COMPLETION_PARAMETERS,
    endpoint: 'completions',
    tokenFields: ['prompt'],
  });
  if (!read.ok) return read;
  const { value } = read;
  if (value.stream_options !== undefined && !value.stream)
    return { ok: false, error: invalid('stream_options', 'is only allowed when `stream` is true') };
  if (value.best_of !== undefined && value.best_of !== value.n)
    return {
      ok: false,
      error: unsupported('best_of', 'every completion is returned; leave it out, or send the same as `n`'),
    };
  const pair = refusedPair(COMPLETION_PAIRS, (name) =>
    name === 'echo' ? value.echo : name === 'logprobs' && value.logprobs !== undefined,
  );
  if (pair !== undefined) return { ok: false, error: pair };
  const prompts = eachOf(value.prompt);
  if (prompts.length * value.n > MOST_COMPLETIONS)
    return { ok: false, error: invalid('n', `times the prompts is more than ${MOST_COMPLETIONS}`) };
  return {
    ok: true,
    call: {
      model: value.model,
      choices: value.n,
      stream: value.stream,
      includeUsage: value.stream_options?.include_usage ?? false,
      echo: value.echo,
      promptOnly: value.max_tokens === 0,
      timeoutMs: value.timeout,
      generations: prompts.map((prompt) => ({
        messages: [],
        prompt,
        tools: [],
        stop: value.stop ?? [],
        maxTokens: Math.max(1, value.max_tokens),
        sampling: toSampling(value),
        ...(value.logit_bias === undefined ? {} : { logitBias: value.logit_bias }),
        ...(value.logprobs === undefined ? {} : { logprobs: { top: value.logprobs } }),
      })),
    },
  };
}
