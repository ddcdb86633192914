import type { Part } from '../schema/part.ts';
import type { Conjunction, ListShape } from './shape.ts';

/**
 * The arrays that all parts allow; undefined when their lengths contradict each other.
 * A tuple without `items` ends with its last item: JSON Schema would allow anything after it, but who lists items does not ask for more.
 */
export function listShape(
  parts: readonly Part[],
  conjunction: (paths: readonly string[]) => Conjunction,
): ListShape | undefined {
  const lists = parts.map((part) => part.list);
  const length = Math.max(0, ...lists.map(({ prefix }) => prefix.length));
  const prefix = Array.from({ length }, (_, index) =>
    conjunction(lists.flatMap((list) => list.prefix[index] ?? list.items ?? [])),
  );
  const min = Math.max(0, ...lists.map((list) => list.minItems));
  const declared = Math.min(Infinity, ...lists.map((list) => list.maxItems));
  const closed = length >= Math.max(1, min) && lists.every((list) => list.items === undefined);
  const max = closed ? Math.min(declared, length) : declared;
  if (min > max) return undefined;
  return { prefix, rest: conjunction(lists.flatMap((list) => list.items ?? [])), min, max };
}
