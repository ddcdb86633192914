export interface ThreadSpeed {
  threads: number;
  tokensPerSecond: number;
}

/** A faster setting must be this much faster to be worth its threads; less is noise. */
const WORTH = 1.03;

/** The fewest threads whose speed is within noise of the best. Undefined for an empty table. */
export function chooseThreads(table: readonly ThreadSpeed[]): number | undefined {
  let best: ThreadSpeed | undefined;
  for (const row of [...table].sort((left, right) => left.threads - right.threads)) {
    if (best === undefined || row.tokensPerSecond > best.tokensPerSecond * WORTH) best = row;
  }
  return best?.threads;
}

/** The settings worth measuring on so many usable cores: all of a few, then in growing steps. */
export function threadCandidates(usableCores: number): number[] {
  const steps = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128].filter(
    (threads) => threads < usableCores,
  );
  return [...steps, Math.max(1, usableCores)];
}
