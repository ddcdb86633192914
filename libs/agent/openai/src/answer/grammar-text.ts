/** Names in a grammar, but not what stands in its literals and character classes. */
const NAMES = /"(?:\\.|[^"\\])*"|\[(?:\\.|[^\]\\])*\]|[A-Za-z][A-Za-z0-9-]*/g;

/** The same grammar with `prefix` before every rule's name, so that several can stand in one text. */
export function prefixRules(gbnf: string, prefix: string): string {
  return gbnf.replace(NAMES, (found) => (/^["[]/.test(found) ? found : prefix + found));
}

/** One rule; an empty alternative is written as `""`. */
export function rule(name: string, alternatives: readonly string[]): string {
  return `${name} ::= ${alternatives.map((one) => one || '""').join(' | ')}\n`;
}

/** A literal of printable ASCII. */
export function literal(text: string): string {
  return `"${text.replaceAll(/["\\]/g, (special) => `\\${special}`)}"`;
}
