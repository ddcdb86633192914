/** What one burst of requests looks like. */
export interface BenchCase {
  /** Requests that run at the same time. */
  streams: number;
  /** `cold`: no prompt shares its beginning with another; `warm`: all share a long beginning that was read before. */
  prefix: Prefix;
  /** Tokens of each answer. */
  answerTokens: number;
  /** Words of each prompt; some 1.3 to 2 tokens each. */
  promptWords: number;
  sampling: Sampling;
}

export type Prefix = 'cold' | 'warm';

/** As both APIs take it. Every field is stated, because the defaults of the two differ. */
export interface Sampling {
  temperature: number;
  top_k: number;
  top_p: number;
  min_p: number;
  seed: number;
}

export const SAMPLINGS = {
  greedy: { temperature: 0, top_k: 0, top_p: 1, min_p: 0, seed: 1 },
  usual: { temperature: 0.8, top_k: 40, top_p: 0.95, min_p: 0.05, seed: 1 },
} as const satisfies Record<string, Sampling>;

export function caseName({ streams, prefix }: Pick<BenchCase, 'streams' | 'prefix'>): string {
  return `${streams} ${streams === 1 ? 'stream' : 'streams'}, ${prefix}`;
}

/** All of the given stream counts, each with a cold and a warm prefix. */
export function benchCases(
  options: Omit<BenchCase, 'streams' | 'prefix'> & {
    streams: readonly number[];
    prefixes: readonly Prefix[];
  },
): BenchCase[] {
  const { streams, prefixes, ...rest } = options;
  return streams.flatMap((count) => prefixes.map((prefix) => ({ ...rest, streams: count, prefix })));
}
