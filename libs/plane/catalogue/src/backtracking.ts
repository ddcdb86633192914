interface OpenGroup {
  /** Something inside it repeats without an end. */
  repeats: boolean;
}

/** `*`, `+`, `?`, `{2}`, `{2,}`, `{2,5}` at the start of a text, with a lazy mark. */
const QUANTIFIER = /^(?:[*+?]|\{(\d+)(,(\d*))?\})\??/;

/**
 * Whether a pattern repeats a group that itself repeats without an end, such as `(a+)+`: the time such a pattern takes
 * may double with every character of the answer. Static and strict: some patterns it names would do no harm.
 */
export function repeatsARepetition(pattern: string): boolean {
  const open: OpenGroup[] = [{ repeats: false }];
  for (let at = 0; at < pattern.length;) {
    const here = pattern[at];
    let closed: OpenGroup | undefined;
    if (here === '(') {
      open.push({ repeats: false });
      at += 1;
      // The `?` of `(?:`, `(?=` and `(?<name>` is no quantifier.
      if (pattern[at] === '?') at += 1;
      continue;
    }
    if (here === ')') {
      closed = open.length > 1 ? open.pop() : undefined;
      at += 1;
    } else {
      at = endOfAtom(pattern, at);
    }
    const { length, most } = quantifierAt(pattern, at);
    at += length;
    if (closed?.repeats && most > 1) return true;
    const around = open.at(-1);
    if (around !== undefined && (most === Infinity || closed?.repeats)) around.repeats = true;
  }
  return false;
}

/** Behind one character, escape or character class. */
function endOfAtom(pattern: string, start: number): number {
  if (pattern[start] === '\\') return start + 2;
  if (pattern[start] !== '[') return start + 1;
  let at = start + 1;
  while (at < pattern.length && pattern[at] !== ']') at += pattern[at] === '\\' ? 2 : 1;
  return at + 1;
}

/** How long the quantifier is that stands here, and how often it repeats at most; 0 and 1 where there is none. */
function quantifierAt(pattern: string, at: number): { length: number; most: number } {
  const match = QUANTIFIER.exec(pattern.slice(at, at + 32));
  if (match === null) return { length: 0, most: 1 };
  const [text, least, range, most] = match;
  if (least === undefined) return { length: text.length, most: text.startsWith('?') ? 1 : Infinity };
  if (range === undefined) return { length: text.length, most: Number(least) };
  return { length: text.length, most: most === undefined || most === '' ? Infinity : Number(most) };
}
