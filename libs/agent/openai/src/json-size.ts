/** True when `value` holds more than `most` entries and fields at all levels; stops counting there. */
export function holdsMoreThan(value: unknown, most: number): boolean {
  let left = most;
  const open = [value];
  while (open.length > 0) {
    const one = open.pop();
    if (typeof one !== 'object' || one === null) continue;
    // Of an object, the names alone first: taking out the values of a very large one is slow.
    left -= Array.isArray(one) ? one.length : Object.keys(one).length;
    if (left < 0) return true;
    for (const inner of Array.isArray(one) ? one : Object.values(one)) open.push(inner);
  }
  return false;
}
