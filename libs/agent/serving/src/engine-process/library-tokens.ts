import type { Token } from 'node-llama-cpp';

/** The library brands its tokens; ours cross the process border as numbers. */
export function asTokens(tokens: readonly number[]): Token[] {
  return tokens as Token[];
}
