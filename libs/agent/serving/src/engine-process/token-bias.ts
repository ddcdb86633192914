import type { GenerationRequest } from '@flotilla/agent-openai';
import { FlotillaError } from '@flotilla/contracts';
import { TokenBias, type LlamaModel } from 'node-llama-cpp';
import { asTokens } from './library-tokens.ts';
import { biasesOf } from './library-internals.ts';
import type { Vocabulary } from './vocabulary.ts';

/**
 * What is added to the logits of a request's tokens; undefined where nothing is.
 *
 * In raw logit units: a number given to the library's own `set` is read as a share of probability. While a grammar
 * is active no control token may be sampled but those that end the turn: llama.cpp matches their text.
 */
export function tokenBiasOf(
  { logitBias = {}, grammar }: GenerationRequest,
  model: LlamaModel,
  vocabulary: Vocabulary,
): TokenBias | undefined {
  const entries = Object.entries(logitBias).filter(([, bias]) => bias !== 0);
  const banned = grammar === undefined ? [] : vocabulary.control;
  if (entries.length === 0 && banned.length === 0) return undefined;
  const tokenBias = new TokenBias(model.tokenizer);
  const biases = biasesOf(tokenBias);
  for (const [id, bias] of entries) {
    if (Number(id) >= vocabulary.size) throw unknownToken(id, vocabulary.size);
    for (const token of asTokens([Number(id)])) biases.set(token, bias);
  }
  for (const token of banned) biases.set(token, -Infinity);
  return tokenBias;
}

function unknownToken(id: string, size: number): FlotillaError {
  return new FlotillaError(
    'invalid-input',
    `\`logit_bias\` names the token ${id}; the model has ${size} tokens.`,
    {
      details: { field: 'logit_bias', vocabularySize: size },
    },
  );
}
