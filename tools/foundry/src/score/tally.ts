/** Right answers out of all, with the interval that holds the true share in 95 of 100 samples (Wilson's). */
export type Tally = { items: number; correct: number; accuracy: number; low: number; high: number };

const Z = 1.959964;

/** Counts right answers. No items give the interval from 0 to 1. */
export function tally(outcomes: readonly boolean[]): Tally {
  const items = outcomes.length;
  const correct = outcomes.filter(Boolean).length;
  if (items === 0) return { items, correct, accuracy: 0, low: 0, high: 1 };
  const share = correct / items;
  const scale = 1 + Z ** 2 / items;
  const centre = (share + Z ** 2 / (2 * items)) / scale;
  const half = (Z / scale) * Math.sqrt((share * (1 - share)) / items + Z ** 2 / (4 * items ** 2));
  return {
    items,
    correct,
    accuracy: share,
    low: Math.max(0, centre - half),
    high: Math.min(1, centre + half),
  };
}

/** A tally per value of `key`, in order of the key. */
export function tallyBy<Item>(
  items: readonly Item[],
  { key, isCorrect }: { key: (item: Item) => string; isCorrect: (item: Item) => boolean },
): Record<string, Tally> {
  const groups = new Map<string, boolean[]>();
  for (const item of items) {
    const outcomes = groups.get(key(item)) ?? [];
    outcomes.push(isCorrect(item));
    groups.set(key(item), outcomes);
  }
  const names = [...groups.keys()].sort();
  return Object.fromEntries(names.map((name) => [name, tally(groups.get(name) ?? [])]));
}
