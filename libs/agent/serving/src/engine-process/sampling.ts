import { randomInt } from 'node:crypto';
import type { GenerationRequest } from '@flotilla/agent-openai';
import { FlotillaError } from '@flotilla/contracts';
import type { SequenceEvaluateOptions } from 'node-llama-cpp';
import { asTokens } from './library-tokens.ts';

/** llama.cpp takes 2^32 - 1 for "draw one yourself", so that one is not among them. */
const SEEDS = 2 ** 32 - 1;

/** For every evaluation. Prompt and answer are bounded beforehand; were that wrong, an error is better than a forgotten prompt. */
export const NO_SHIFT = { strategy: refuseShift };

/**
 * A request's sampling in the library's terms.
 *
 * Every value is stated: the library's own defaults (top-k 40, top-p 0.95, the clock as seed) are not ours.
 */
export function samplingOptions(
  request: GenerationRequest,
  generated: readonly number[],
  maxTokens: number,
): SequenceEvaluateOptions {
  const {
    temperature = 0,
    topP = 1,
    topK = 0,
    minP = 0,
    seed,
    frequencyPenalty = 0,
    presencePenalty = 0,
  } = request.sampling;
  const punishes = frequencyPenalty !== 0 || presencePenalty !== 0;
  return {
    temperature,
    topP,
    topK,
    minP,
    seed: seed === undefined ? randomInt(SEEDS) : ((seed % SEEDS) + SEEDS) % SEEDS,
    ...(punishes
      ? {
          // llama.cpp's presence and frequency terms are OpenAI's formula once its own factor is 1.
          repeatPenalty: {
            punishTokens: () => asTokens(generated),
            maxPunishTokens: maxTokens,
            penalty: 1,
            frequencyPenalty,
            presencePenalty,
          },
        }
      : {}),
    contextShift: NO_SHIFT,
  };
}

function refuseShift(): never {
  throw new FlotillaError('internal', 'The context is full where it cannot be: a shift was asked for.');
}
