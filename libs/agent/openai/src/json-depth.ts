/** Levels of JSON that a request may bring; schemas and arguments of real tools stay far below. */
export const MOST_JSON_LEVELS = 64;

/**
 * True when arrays and objects are nested more than `levels` deep.
 *
 * Goes level by level: a value that would overflow the stack of whoever walks it must not overflow this one.
 */
export function nestsDeeperThan(value: unknown, levels: number): boolean {
  let level = [value].filter(isNested);
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > levels) return true;
    const next: object[] = [];
    for (const nested of level)
      for (const inner of Array.isArray(nested) ? nested : Object.values(nested))
        if (isNested(inner)) next.push(inner);
    level = next;
  }
  return false;
}

function isNested(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
