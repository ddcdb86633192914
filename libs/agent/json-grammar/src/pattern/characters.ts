import type { Budget } from '../budget.ts';
import { CHARACTER_COUNT, invertRanges, joinRanges, type Range } from '../automaton/ranges.ts';

const DIGIT: readonly Range[] = [[0x30, 0x39]];
const WORD: readonly Range[] = [...DIGIT, [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]];
const SPACE: readonly Range[] = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];
const LINE_END: readonly Range[] = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
];

/** What `.` stands for without the `s` flag. */
export const DOT = invertRanges(LINE_END);

/** `\d`, `\D`, `\w`, `\W`, `\s`, `\S`; undefined for any other letter. */
export function namedClass(letter: string): Range[] | undefined {
  const table: Record<string, readonly Range[]> = { d: DIGIT, w: WORD, s: SPACE };
  const ranges = table[letter.toLowerCase()];
  if (!ranges) return undefined;
  return letter === letter.toLowerCase() ? joinRanges(ranges) : invertRanges(ranges);
}

/** What this JavaScript engine said, which is so for as long as it runs: to ask it of every character takes long. */
const known = new Map<string, readonly Range[]>();
const MOST_KNOWN = 64;
/** A step is worth so many characters. */
const CHARACTERS_PER_STEP = 8;

/** The characters of `\p{…}`, asked of the JavaScript engine itself, so that both have the same version of Unicode. */
export function propertyClass(escape: string, budget: Budget): readonly Range[] {
  // The same whether it is known or not: a schema is refused by the same step wherever it is compiled.
  budget.spendOnce(escape, CHARACTER_COUNT / CHARACTERS_PER_STEP);
  const ranges = known.get(escape) ?? askedOf(escape);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(escape, ranges);
  return ranges;
}

function askedOf(escape: string): Range[] {
  const test = new RegExp(escape, 'u');
  const ranges: [number, number][] = [];
  for (let code = 0; code <= 0x10ffff; code += 1) {
    if (code === 0xd800) code = 0xe000;
    if (!test.test(String.fromCodePoint(code))) continue;
    const last = ranges.at(-1);
    if (last && last[1] === code - 1) last[1] = code;
    else ranges.push([code, code]);
  }
  return joinRanges(ranges);
}
