import { FlotillaError } from '@flotilla/contracts';
import type { LlamaContext, LlamaContextSequence, LlamaModel, Token, TokenBias } from 'node-llama-cpp';

/**
 * The only place that reaches into node-llama-cpp past its types.
 *
 * Its public loop gives the logits only after sampling has changed them, takes no bias for the tokens that end a
 * turn, and does not say where the logits of a step lie. Every part is looked at before it is used, so that
 * another release refuses the request instead of going wrong.
 */

/**
 * No top-k at all. The library reads 0 as "as many as there are" and sorts a whole vocabulary for each token
 * (12 ms of 36 at 152,000), and an absent one as 40; it leaves out what is null.
 */
export const NO_TOP_K = null as unknown as undefined;

interface NativeSampler {
  applyConfig(config: Record<string, unknown>): void;
  dispose(): void;
}

/** `[token, probabilities, confidence, logits as pairs, total weight]`. */
type NativeSample = [
  token: number,
  probabilities: unknown,
  confidence: unknown,
  logits: readonly number[] | undefined,
  totalWeight: number | undefined,
];

type SampleToken = (
  logitIndex: number,
  sampler: unknown,
  probabilities?: boolean,
  confidence?: boolean,
  logits?:
    | boolean
    | readonly [tokens: readonly number[], max: boolean, min: boolean, selected: boolean, top: number],
  totalWeight?: boolean,
) => Promise<unknown>;

/** The logits of one step before anything changed them. */
export interface RawLogits {
  /** Of the asked tokens and of the likeliest one. */
  of: ReadonlyMap<number, number>;
  /** The logarithm of the sum of all exponentials: a logit less this is a log-probability. */
  normalizer: number;
  /** The likeliest first. */
  top: readonly (readonly [token: number, logit: number])[];
}

export interface SamplingHook {
  /** Just before a token is sampled; returns what runs right after, when its logits still lie where they were. */
  around(
    sample: () => Promise<number>,
    readRaw: (tokens: readonly number[], top: number) => Promise<RawLogits>,
  ): Promise<number>;
}

const missing = (what: string, field = 'logprobs'): FlotillaError =>
  new FlotillaError('unsupported-parameter', `This release of the inference library has no ${what}.`, {
    details: { field },
  });

function part(object: unknown, key: string): unknown {
  return typeof object === 'object' && object !== null ? Reflect.get(object, key) : undefined;
}

/** The same sequence, but each token it samples goes through the hook. */
export function hookSampling(sequence: LlamaContextSequence, model: LlamaModel, hook: SamplingHook) {
  const context = part(sequence, '_context');
  const native = part(context, '_ctx');
  const sampleToken = part(native, 'sampleToken');
  if (
    typeof context !== 'object' ||
    context === null ||
    typeof native !== 'object' ||
    native === null ||
    typeof sampleToken !== 'function'
  )
    throw missing('access to the sampling of a sequence');
  const sample: SampleToken = (...args) => Reflect.apply(sampleToken, native, args) as Promise<unknown>;
  const raw = createRawReader(model, sample);
  const hooked = {
    sampleToken: (logitIndex: number, sampler: unknown) =>
      hook.around(
        async () => Number(await sample(logitIndex, sampler)),
        (tokens, top) => raw.read(logitIndex, tokens, top),
      ),
  };
  const withHook = new Proxy(context, {
    get(target, key) {
      if (key === '_ctx') return hooked;
      const value: unknown = Reflect.get(target, key);
      // The context's locks are kept by its identity.
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return {
    sequence: new Proxy(sequence, {
      get: (target, key): unknown => (key === '_context' ? withHook : Reflect.get(target, key)),
    }),
    dispose: () => raw.dispose(),
  };
}

/**
 * Reads logits with samplers of its own that change nothing: greedy for the sums, top-k at temperature 1 for the
 * likeliest. Asking the library for all logits of a vocabulary of 150,000 costs a hundred times as much.
 */
function createRawReader(model: LlamaModel, sample: SampleToken) {
  let sampler: NativeSampler | undefined;
  function neutral(config: Record<string, unknown>): NativeSampler {
    sampler ??= newSampler(model);
    sampler.applyConfig({ seed: 1, ...config });
    return sampler;
  }
  return {
    async read(logitIndex: number, tokens: readonly number[], top: number): Promise<RawLogits> {
      const greedy = neutral({ temperature: 0 });
      const [, , , pairs, total] = sampled(
        await sample(logitIndex, greedy, false, false, [tokens, false, false, true, 0], true),
      );
      const of = pairsOf(pairs);
      if (total === undefined || of.size === 0) throw missing('raw logits');
      const normalizer = Math.max(...of.values()) + Math.log(total);
      if (top === 0) return { of, normalizer, top: [] };
      const likeliest = neutral({ temperature: 1, topK: top });
      const [, , , topPairs] = sampled(await sample(logitIndex, likeliest, false, false, true, false));
      return { of, normalizer, top: [...pairsOf(topPairs)].toSorted((left, right) => right[1] - left[1]) };
    },
    dispose: () => sampler?.dispose(),
  };
}

function newSampler(model: LlamaModel): NativeSampler {
  const constructor = part(part(model.llama, '_bindings'), 'AddonSampler');
  const nativeModel = part(model, '_model');
  if (typeof constructor !== 'function' || typeof nativeModel !== 'object')
    throw missing('samplers of their own');
  return Reflect.construct(constructor, [nativeModel]) as NativeSampler;
}

function sampled(result: unknown): NativeSample {
  if (!Array.isArray(result)) throw missing('raw logits');
  return result as unknown as NativeSample;
}

function pairsOf(flat: readonly number[] | undefined): Map<number, number> {
  const pairs = new Map<number, number>();
  if (flat === undefined) return pairs;
  for (let index = 0; index + 1 < flat.length; index += 2) pairs.set(flat[index] ?? 0, flat[index + 1] ?? 0);
  return pairs;
}

/** Calls back before a sampler is made, by the library or here. Where that cannot be seen, never. */
export function onSampler({ llama }: LlamaModel, callback: () => void): void {
  const bindings = part(llama, '_bindings');
  const constructor = part(bindings, 'AddonSampler');
  if (typeof bindings !== 'object' || bindings === null || typeof constructor !== 'function') return;
  Reflect.set(
    bindings,
    'AddonSampler',
    new Proxy(constructor, {
      construct(target, args): object {
        callback();
        return Reflect.construct(target, args) as object;
      },
    }),
  );
}

/** The biases of a library object, by token. */
export function biasesOf(bias: TokenBias): Map<Token, number> {
  const biases = part(bias, '_biases');
  if (biases instanceof Map) return biases as Map<Token, number>;
  throw missing('bias in raw logits', 'logit_bias');
}

/** Whether a grammar that stands where this state does lets the token follow. */
export function grammarAllows(model: LlamaModel, state: unknown, token: Token): boolean {
  const constructor = part(part(model.llama, '_bindings'), 'AddonSampler');
  const allows =
    typeof constructor === 'function'
      ? (Reflect.get(constructor, 'canBeNextTokenForGrammarEvaluationState') as unknown)
      : undefined;
  if (typeof allows !== 'function') throw missing('look at a grammar', 'grammar');
  return Reflect.apply(allows, constructor, [part(state, '_state'), token]) === true;
}

/** The vector that the last evaluation of an embedding context's only sequence gave. */
export function readVector(context: LlamaContext, tokens: number): number[] {
  const native = part(context, '_ctx');
  const getEmbedding = part(native, 'getEmbedding');
  if (typeof getEmbedding !== 'function') throw missing('vectors', 'model');
  const vector: unknown = Reflect.apply(getEmbedding, native, [tokens]);
  if (!(vector instanceof Float64Array)) throw missing('vectors', 'model');
  return Array.from(vector);
}
