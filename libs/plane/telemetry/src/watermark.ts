/**
 * Up to where everything of an epoch is held, so that the device may drop it.
 *
 * Rows may come out of order, and a bounded spool leaves gaps, which it declares with the row that follows. A gap
 * that nobody declared holds the mark back once, because the missing rows may be on their way; when the same rows
 * come again the device has nothing older, and the gap is taken as it is. Otherwise it would send them for ever.
 */
export function nextWatermark({
  upTo,
  held,
  batch,
  isRepeat,
}: {
  upTo: number;
  /** Sequences above `upTo` that are held, this batch's included, with the drops each declares; ascending. */
  held: ReadonlyArray<{ sequence: number; dropped: number }>;
  /** First and last sequence of the batch. */
  batch: { first: number; last: number };
  /** Every row of the batch was held before it came. */
  isRepeat: boolean;
}): number {
  let mark = upTo;
  for (const { sequence, dropped } of held) {
    const gap = sequence - mark - 1;
    const isTaken = gap <= 0 || dropped >= gap || (isRepeat && sequence === batch.first);
    if (!isTaken) break;
    mark = Math.max(mark, sequence);
  }
  return mark;
}
