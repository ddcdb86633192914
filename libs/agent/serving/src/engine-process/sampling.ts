import { randomInt } from 'node:crypto';
import type { RequestSampling } from '@flotilla/agent-openai';
import { FlotillaError } from '@flotilla/contracts';
import type { SequenceEvaluateOptions } from 'node-llama-cpp';
import { NO_TOP_K } from './library-internals.ts';
import { asTokens } from './library-tokens.ts';

/** llama.cpp takes 2^32 - 1 for "draw one yourself", so that one is not among them. */
const SEEDS = 2 ** 32 - 1;
const DEFAULT_REPEAT_LAST_N = 64;

/** For every evaluation. Prompt and answer are bounded beforehand; were that wrong, an error is better than a forgotten prompt. */
export const NO_SHIFT = { strategy: refuseShift };

export interface SamplingInput {
  sampling: RequestSampling;
  prompt: readonly number[];
  /** Grows while the answer does. */
  generated: readonly number[];
  contextTokens: number;
}

/**
 * A request's sampling in the library's terms.
 *
 * Every value is stated: the library's own defaults (top-k 40, top-p 0.95, the clock as seed) are not ours.
 */
export function samplingOptions(input: SamplingInput): SequenceEvaluateOptions {
  const { temperature = 0, topP = 1, topK = 0, minP = 0, seed } = input.sampling;
  const repeatPenalty = repetitionOf(input);
  return {
    temperature,
    topP,
    topK: topK === 0 ? NO_TOP_K : topK,
    minP,
    seed: seed === undefined ? randomInt(SEEDS) : ((seed % SEEDS) + SEEDS) % SEEDS,
    ...(repeatPenalty === undefined ? {} : { repeatPenalty }),
    contextShift: NO_SHIFT,
  };
}

/** llama.cpp has one sampler for both kinds: presence and frequency, which look at the whole answer, and Ollama's. */
function repetitionOf({
  sampling,
  prompt,
  generated,
  contextTokens,
}: SamplingInput): SequenceEvaluateOptions['repeatPenalty'] | undefined {
  const {
    frequencyPenalty = 0,
    presencePenalty = 0,
    repeatPenalty = 1,
    repeatLastN = DEFAULT_REPEAT_LAST_N,
  } = sampling;
  const forAnswer = frequencyPenalty !== 0 || presencePenalty !== 0;
  const forRepeats = repeatPenalty !== 1 && repeatLastN !== 0;
  if (forAnswer && forRepeats) {
    throw new FlotillaError(
      'unsupported-parameter',
      '`repeat_penalty` cannot be used together with `frequency_penalty` or `presence_penalty`.',
      { details: { field: 'repeat_penalty', fix: 'Send one of them.' } },
    );
  }
  if (forAnswer) {
    return {
      // llama.cpp's presence and frequency terms are OpenAI's formula once its own factor is 1.
      punishTokens: () => asTokens(generated),
      maxPunishTokens: contextTokens,
      penalty: 1,
      frequencyPenalty,
      presencePenalty,
    };
  }
  if (!forRepeats) return undefined;
  const window = repeatLastN < 0 ? contextTokens : Math.min(repeatLastN, contextTokens);
  return {
    punishTokens: () => asTokens([...prompt, ...generated].slice(-window)),
    maxPunishTokens: window,
    penalty: repeatPenalty,
    frequencyPenalty: 0,
    presencePenalty: 0,
  };
}

function refuseShift(): never {
  throw new FlotillaError('internal', 'The context is full where it cannot be: a shift was asked for.');
}
