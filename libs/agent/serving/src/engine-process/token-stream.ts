import type { GenerationRequest, LogprobChoice, TokenLogprob } from '@flotilla/agent-openai';
import { FlotillaError } from '@flotilla/contracts';
import type { OneAtATime } from '@flotilla/kernel';
import type { LlamaContextSequence, LlamaGrammarEvaluationState, LlamaModel, Token } from 'node-llama-cpp';
import { grammarAllows, hookSampling, type RawLogits } from './library-internals.ts';
import { asTokens } from './library-tokens.ts';
import { samplingOptions } from './sampling.ts';
import { tokenBiasOf } from './token-bias.ts';
import type { Vocabulary } from './vocabulary.ts';

export interface SampledToken {
  token: Token;
  /** Where the request asked for it. */
  logprob?: TokenLogprob;
}

/** The answer's tokens, one for each step; ends where the model ends its turn. Throws what the request is refused with. */
export type TokenStream = AsyncGenerator<SampledToken, void>;

/** Reads the last chunk of a prompt on its sequence and goes on from there. */
export type OpenTokenStream = (sequence: LlamaContextSequence, tokens: Token[]) => TokenStream;

export interface TokenStreamOptions {
  request: GenerationRequest;
  prompt: readonly number[];
  generated: readonly number[];
  contextTokens: number;
  model: LlamaModel;
  vocabulary: Vocabulary;
  grammar: LlamaGrammarEvaluationState | undefined;
  /** Samplings under a grammar come through it: their time is measured, and they have one worker. */
  inTurn: OneAtATime;
  /** Called when the sampling of one token does not come back; the process cannot go on. */
  onStuck: () => void;
}

/** Each token takes longer under a grammar whose readings double; no sensible one takes a second. */
const SLOW_SAMPLE_MS = 3_000;
const STUCK_SAMPLE_MS = 20_000;
/** What the library takes for a failed sampling. */
const NO_TOKEN = -1;

/** Everything that can be refused is refused here, before the request waits for a sequence. */
export function prepareTokenStream(options: TokenStreamOptions): OpenTokenStream {
  const { request, model, vocabulary, grammar } = options;
  const tokenBias = tokenBiasOf(request, model, vocabulary);
  const sampling = {
    ...samplingOptions({ ...options, sampling: request.sampling }),
    ...(tokenBias === undefined ? {} : { tokenBias }),
    ...(grammar === undefined ? {} : { grammarEvaluationState: grammar }),
  };
  if (request.logprobs === undefined && grammar === undefined)
    return (sequence, tokens) => sequence.evaluateWithMetadata(tokens, {}, sampling);
  return (sequence, tokens) =>
    hookedStream(options, sequence, (hooked) => hooked.evaluateWithMetadata(tokens, {}, sampling));
}

async function* hookedStream(
  options: TokenStreamOptions,
  sequence: LlamaContextSequence,
  evaluate: (hooked: LlamaContextSequence) => AsyncGenerator<{ token: Token }, void>,
): TokenStream {
  const { model } = options;
  let sampled: SampledToken | undefined;
  let failure: { error: unknown } | undefined;
  const hooked = hookSampling(sequence, model, {
    async around(sample, readRaw) {
      try {
        sampled = await sampleToken(options, sample, readRaw);
        return sampled.token;
      } catch (error) {
        // A rejection here would end the process: the library does not expect one.
        failure = { error };
        return NO_TOKEN;
      }
    },
  });
  try {
    for await (const { token } of evaluate(hooked.sequence))
      yield sampled?.token === token ? sampled : { token };
  } catch (error) {
    throw failure === undefined ? error : failure.error;
  } finally {
    hooked.dispose();
  }
}

async function sampleToken(
  options: TokenStreamOptions,
  sample: () => Promise<number>,
  readRaw: (tokens: readonly number[], top: number) => Promise<RawLogits>,
): Promise<SampledToken> {
  const { request, model, vocabulary, grammar } = options;
  const id =
    grammar === undefined
      ? await sample()
      : await options.inTurn(() => sampleUnder(grammar, options, sample));
  const [token] = asTokens([id]);
  if (token === undefined || id < 0) throw new FlotillaError('internal', 'No token could be sampled.');
  if (request.logprobs === undefined || model.isEogToken(token)) return { token };
  const raw = await readRaw([id], request.logprobs.top);
  return { token, logprob: describeLogits(raw, id, { model, vocabulary }) };
}

/** Samples one token that the grammar allows, or says why there is none. */
async function sampleUnder(
  grammar: LlamaGrammarEvaluationState,
  { model, vocabulary, onStuck }: TokenStreamOptions,
  sample: () => Promise<number>,
): Promise<number> {
  const startedAt = performance.now();
  const timer = setTimeout(onStuck, STUCK_SAMPLE_MS);
  let id: number;
  try {
    id = await sample();
  } catch (cause) {
    throw deadEnd(cause);
  } finally {
    clearTimeout(timer);
  }
  if (performance.now() - startedAt > SLOW_SAMPLE_MS) throw tooAmbiguous();
  const [token] = asTokens([id]);
  if (token === undefined || id < 0) throw deadEnd();
  // Where every token is ruled out the library takes any. One that spells something is refused by the grammar
  // itself; one that ends the turn would look like a whole answer, one that spells nothing would go on for ever.
  const isAllowed = model.isEogToken(token)
    ? grammarAllows(model, grammar, token)
    : (vocabulary.bytesOf(token)[0] ?? 0) !== 0;
  if (!isAllowed) throw deadEnd();
  return id;
}

function deadEnd(cause?: unknown): FlotillaError {
  return new FlotillaError(
    'invalid-input',
    'No token of the model goes on with the answer under this grammar.',
    {
      cause,
      details: { field: 'grammar' },
    },
  );
}

/** What a request is told whose grammar has to be given up. */
export function tooAmbiguous(): FlotillaError {
  return new FlotillaError(
    'invalid-input',
    'The grammar cannot be used: too many of its rules fit the same text, and sampling takes too long.',
    { details: { field: 'grammar' } },
  );
}

function describeLogits(
  raw: RawLogits,
  token: number,
  { model, vocabulary }: { model: LlamaModel; vocabulary: Vocabulary },
): TokenLogprob {
  const choice = (id: number, logit: number): LogprobChoice => {
    const tokens = asTokens([id]);
    return {
      token: model.detokenize(tokens, true),
      bytes: tokens.flatMap((one) => [...vocabulary.bytesOf(one)]),
      logprob: logit - raw.normalizer,
    };
  };
  return {
    ...choice(token, raw.of.get(token) ?? -Infinity),
    top: raw.top.map(([id, logit]) => choice(id, logit)),
  };
}
