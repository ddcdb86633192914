import { honoured, type ParameterTable, type RefusedPair } from './table.ts';

/** What chat completions, completions and responses have in common. */
export const SAMPLING_PARAMETERS = {
  temperature: honoured('0 is greedy; default: the release’s, else 0'),
  top_p: honoured(),
  top_k: honoured('llama-server’s extension; 0 means off'),
  min_p: honoured('llama-server’s extension'),
} satisfies ParameterTable;

export const PENALTY_PARAMETERS = {
  frequency_penalty: honoured('over the generated tokens'),
  presence_penalty: honoured('over the generated tokens'),
  repeat_penalty: honoured('llama-server’s extension; over prompt and answer'),
  repeat_last_n: honoured('llama-server’s extension; tokens that `repeat_penalty` looks back'),
  logit_bias: honoured(
    'up to 1,024 tokens; in raw logit units, added before sampling; 100 forces, -100 bans',
  ),
  seed: honoured(
    'same seed, same text on an otherwise idle service; under load batching may change the logits',
  ),
  stop: honoured('up to 16 strings'),
} satisfies ParameterTable;

const ONE_SAMPLER =
  'there is one sampler for both, and they look at different tokens; send one of them (1 and 0 are off)';

/** The engine refuses them for OpenAI's routes: a release may have set one of the two. */
export const PENALTY_PAIRS: readonly RefusedPair[] = [
  { parameters: ['repeat_penalty', 'frequency_penalty'], why: ONE_SAMPLER },
  { parameters: ['repeat_penalty', 'presence_penalty'], why: ONE_SAMPLER },
];

export const CALLER_PARAMETERS = {
  user: honoured('accepted; names the caller and changes no answer'),
  timeout: honoured('seconds until the request is given up with 504; so does `x-flotilla-deadline-ms`'),
} satisfies ParameterTable;
