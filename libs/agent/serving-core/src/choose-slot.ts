/** A free sequence: the tokens its cache holds, when it last worked, and how many of its two neighbours work now. */
export interface FreeSlot {
  cached: readonly number[];
  lastUsedAt: number;
  busyNeighbours: number;
}

/** A prefix longer by no more than this is not worth a pass over the weights at every step. */
const NEARLY_AS_LONG = 16;

/**
 * Index of the free sequence whose cache shares the longest prefix with the prompt; among those that share nearly as much
 * the one beside most that work, among these the least recently used.
 *
 * Neighbours, because llama.cpp computes only sequences with consecutive numbers in one pass (`split_equal` in its
 * llama-batch.cpp, where each sequence has its own cache): four streams at 0, 2, 5 and 9 read the weights four times for
 * each token.
 *
 * `restorable` tokens of the prompt can be had from the disk by any sequence: one that shares no more is worth no more
 * than another, and what else it holds may still be of use to somebody.
 */
export function chooseSlot(
  free: readonly FreeSlot[],
  prompt: readonly number[],
  restorable = 0,
): number | undefined {
  const slots = free.map(({ cached, lastUsedAt, busyNeighbours }, index) => ({
    index,
    shared: Math.max(restorable, sharedPrefix(cached, prompt)),
    lastUsedAt,
    busyNeighbours,
  }));
  const longest = Math.max(...slots.map(({ shared }) => shared));
  const [best] = slots
    .filter(({ shared }) => shared >= longest - NEARLY_AS_LONG)
    .sort(
      (left, right) =>
        right.busyNeighbours - left.busyNeighbours ||
        right.shared - left.shared ||
        left.lastUsedAt - right.lastUsedAt,
    );
  return best?.index;
}

export function sharedPrefix(left: readonly number[], right: readonly number[]): number {
  const limit = Math.min(left.length, right.length);
  let length = 0;
  while (length < limit && left[length] === right[length]) length += 1;
  return length;
}
