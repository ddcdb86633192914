/** A free sequence: the tokens its cache holds, and when it last worked. */
export interface FreeSlot {
  cached: readonly number[];
  lastUsedAt: number;
}

/**
 * Index of the free sequence whose cache shares the longest prefix with the prompt; among equals the least recently used.
 *
 * `restorable` tokens of the prompt can be had from the disk by any sequence: one that shares no more is worth no more
 * than another, and what else it holds may still be of use to somebody.
 */
export function chooseSlot(
  free: readonly FreeSlot[],
  prompt: readonly number[],
  restorable = 0,
): number | undefined {
  let best: { index: number; shared: number; lastUsedAt: number } | undefined;
  for (const [index, slot] of free.entries()) {
    const shared = Math.max(restorable, sharedPrefix(slot.cached, prompt));
    const better =
      best === undefined ||
      shared > best.shared ||
      (shared === best.shared && slot.lastUsedAt < best.lastUsedAt);
    if (better) best = { index, shared, lastUsedAt: slot.lastUsedAt };
  }
  return best?.index;
}

export function sharedPrefix(left: readonly number[], right: readonly number[]): number {
  const limit = Math.min(left.length, right.length);
  let length = 0;
  while (length < limit && left[length] === right[length]) length += 1;
  return length;
}
