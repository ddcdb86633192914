/** Code points from the first to the second, both included. */
export type Range = readonly [number, number];

/** Every Unicode scalar value: no lone surrogate can be written in UTF-8. */
export const EVERY_CHARACTER: readonly Range[] = [
  [0, 0xd7ff],
  [0xe000, 0x10ffff],
];
export const CHARACTER_COUNT = 0x110000 - 0x800;

/** Sorted, apart from each other, without surrogates. */
export function joinRanges(ranges: readonly Range[]): Range[] {
  const sorted = [...ranges].sort((a, b) => a[0] - b[0]);
  const joined: [number, number][] = [];
  for (const [from, to] of sorted) {
    const last = joined.at(-1);
    if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  return joined.flatMap(([from, to]) => clip(from, to));
}

function clip(from: number, to: number): Range[] {
  const kept: Range[] = [];
  for (const [low, high] of EVERY_CHARACTER) {
    const start = Math.max(from, low);
    const end = Math.min(to, high);
    if (start <= end) kept.push([start, end]);
  }
  return kept;
}

/** Every character that is in none of the ranges. */
export function invertRanges(ranges: readonly Range[]): Range[] {
  const gaps: Range[] = [];
  let next = 0;
  for (const [from, to] of joinRanges(ranges)) {
    if (from > next) gaps.push([next, from - 1]);
    next = to + 1;
  }
  if (next <= 0x10ffff) gaps.push([next, 0x10ffff]);
  return joinRanges(gaps);
}

/** The part of `ranges` inside `window`. Both sorted. */
export function cutRanges(ranges: readonly Range[], window: readonly Range[]): Range[] {
  const cut: Range[] = [];
  for (const [from, to] of ranges)
    for (const [low, high] of window)
      if (Math.max(from, low) <= Math.min(to, high)) cut.push([Math.max(from, low), Math.min(to, high)]);
  return cut;
}
