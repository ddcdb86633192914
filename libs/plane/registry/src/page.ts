import type { Page } from './ports.ts';

const LARGEST_PAGE = 500;
const USUAL_PAGE = 50;

/** The limit a list works with: 1 to 500, 50 when none was asked for. */
export function pageLimit(asked: number | undefined): number {
  return Math.min(LARGEST_PAGE, Math.max(1, Math.trunc(asked ?? USUAL_PAGE)));
}

/** A page from one item more than its limit: the surplus only says that there is a next page. */
export function toPage<T>({
  items,
  limit,
  cursorOf,
}: {
  items: T[];
  limit: number;
  cursorOf: (item: T) => string;
}): Page<T> {
  const shown = items.slice(0, limit);
  const last = shown.at(-1);
  return items.length > limit && last !== undefined
    ? { items: shown, next: cursorOf(last) }
    : { items: shown };
}
