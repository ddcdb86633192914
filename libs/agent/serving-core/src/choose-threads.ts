export interface ThreadSpeed {
  threads: number;
  /** Of an answer, one stream. */
  tokensPerSecond: number;
  /** Of a prompt, read in one batch. Every row of a table has it, or none. */
  promptTokensPerSecond?: number;
}

/** Prompt tokens for each token of an answer, as the requests of an app usually have them. */
const PROMPT_SHARE = 2;

/** A faster setting must be this much faster to be worth its threads; less is noise. */
const WORTH = 1.03;

/** The fewest threads whose speed is within noise of the best. Undefined for an empty table. */
export function chooseThreads(table: readonly ThreadSpeed[]): number | undefined {
  let best: ThreadSpeed | undefined;
  for (const row of [...table].sort((left, right) => left.threads - right.threads)) {
    if (best === undefined || secondsOf(best) > secondsOf(row) * WORTH) best = row;
  }
  return best?.threads;
}

/**
 * Per token of an answer, its share of the prompt included. Decoding is held up by memory and gains little from a second
 * thread; reading a prompt gains all of it, and so do several streams.
 */
function secondsOf({ tokensPerSecond, promptTokensPerSecond = Infinity }: ThreadSpeed): number {
  return 1 / tokensPerSecond + PROMPT_SHARE / promptTokensPerSecond;
}

/** The settings worth measuring on so many usable cores: all of a few, then in growing steps. */
export function threadCandidates(usableCores: number): number[] {
  const steps = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128].filter(
    (threads) => threads < usableCores,
  );
  return [...steps, Math.max(1, usableCores)];
}
