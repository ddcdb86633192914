/** A state on the disk with its header. */
export interface KeptState {
  key: string;
  bytes: number;
  lastUsedAt: number;
}

/** Keys to delete so that the rest fits the bound, the longest unused first. The one in use stays if it fits alone. */
export function chooseGarbage(
  states: readonly KeptState[],
  { mostBytes, inUse }: { mostBytes: number; inUse: string },
): string[] {
  const newestFirst = [...states].sort(
    (left, right) =>
      Number(right.key === inUse) - Number(left.key === inUse) || right.lastUsedAt - left.lastUsedAt,
  );
  let kept = 0;
  return newestFirst.flatMap(({ key, bytes }) => {
    if (kept + bytes > mostBytes) return [key];
    kept += bytes;
    return [];
  });
}
