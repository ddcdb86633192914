import { CALLER_PARAMETERS, PENALTY_PAIRS, PENALTY_PARAMETERS, SAMPLING_PARAMETERS } from './generation.ts';
import { honoured, refused, type ParameterTable, type RefusedPair } from './table.ts';

/** Every documented parameter of `POST /v1/completions`. */
export const COMPLETION_PARAMETERS = {
  model: honoured('as in chat completions'),
  prompt: honoured(
    'a string, strings, tokens or lists of tokens; nothing in a string is read as a control token; a string begins with the model’s own begin token, where it has one, tokens are taken as they are',
  ),
  ...SAMPLING_PARAMETERS,
  ...PENALTY_PARAMETERS,
  max_tokens: honoured('default 16, as OpenAI documents it; 0: nothing behind the prompt'),
  n: honoured(
    '1 to 16 for each prompt, at most 64 in all; they differ only where the temperature is above 0',
  ),
  best_of: honoured('only the same as `n`: every completion is returned'),
  stream: honoured(),
  stream_options: honoured('include_usage'),
  logprobs: honoured(
    '0 to 5 alternatives, and the token that was taken where it is none of them; the model’s own',
  ),
  echo: honoured('the prompt is put before the answer'),
  ...CALLER_PARAMETERS,
  suffix: refused('filling in the middle needs a model trained for it', ''),
} satisfies ParameterTable;

export const COMPLETION_PAIRS: readonly RefusedPair[] = [
  { parameters: ['echo', 'logprobs'], why: 'the prompt’s own log-probabilities are not kept' },
  ...PENALTY_PAIRS,
];
