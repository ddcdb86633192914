/** Sequences that were passed over: first and last. */
export interface Gap {
  first: number;
  last: number;
}

/**
 * Up to where everything of an epoch is held, so that the device may drop it, and what was passed over on the way.
 *
 * Rows may come out of order, and a bounded spool leaves gaps. A gap holds the mark back, because the missing rows may
 * be on their way. A device sends its oldest rows first, so when it sends the same ones anew it has nothing older: the
 * gap is passed over, or it would send them for ever. A row of a passed gap that comes all the same still counts.
 */
export function nextWatermark({
  upTo,
  held,
  first,
  isResent,
}: {
  upTo: number;
  /** Sequences above `upTo` that are held, this batch's included; ascending. */
  held: readonly number[];
  /** First sequence of the batch. */
  first: number;
  /** The device made this message of rows that were all held before; not a copy that the broker made. */
  isResent: boolean;
}): { upTo: number; passed: Gap[] } {
  const passed: Gap[] = [];
  let mark = upTo;
  for (const sequence of held) {
    if (sequence > mark + 1) {
      if (!isResent || sequence !== first) break;
      passed.push({ first: mark + 1, last: sequence - 1 });
    }
    mark = Math.max(mark, sequence);
  }
  return { upTo: mark, passed };
}

/** Does the mark cover this row, so that it was counted? */
export function isCovered(sequence: number, upTo: number, gaps: readonly Gap[]): boolean {
  return sequence <= upTo && !gaps.some((gap) => gap.first <= sequence && sequence <= gap.last);
}

/** The gaps that are left once these rows came after all. */
export function closeGaps(gaps: readonly Gap[], sequences: readonly number[]): Gap[] {
  return sequences.reduce<Gap[]>(
    (left, sequence) =>
      left.flatMap((gap) => {
        if (sequence < gap.first || sequence > gap.last) return [gap];
        return [
          { first: gap.first, last: sequence - 1 },
          { first: sequence + 1, last: gap.last },
        ].filter(({ first, last }) => first <= last);
      }),
    [...gaps],
  );
}
