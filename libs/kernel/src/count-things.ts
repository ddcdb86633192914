/**
 * `1 device`, `3 devices`, `1,024 devices`: a number with its thing. English only; `many` is for things whose plural is
 * not made by an s.
 */
export function countThings(
  count: number,
  one: string,
  { many = `${one}s`, locale = 'en' }: { many?: string; locale?: string } = {},
): string {
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(count)} ${PLURAL.select(count) === 'one' ? one : many}`;
}

const PLURAL = new Intl.PluralRules('en');
