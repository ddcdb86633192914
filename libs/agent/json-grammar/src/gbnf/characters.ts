import { cutRanges, type Range } from '../automaton/ranges.ts';

const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, '0');

/** A character inside a GBNF literal or class: plain where it is a letter, a digit or harmless, else escaped. */
function character(code: number, harmless: string): string {
  const text = String.fromCodePoint(code);
  if (/[A-Za-z0-9]/.test(text) || harmless.includes(text)) return text;
  if (code <= 0xff) return `\\x${hex(code, 2)}`;
  return code <= 0xffff ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
}

/** A GBNF literal. Lone surrogates must not occur: JSON text escapes them. */
export function literal(text: string): string {
  const body = [...text].map((one) => {
    if (one === '"' || one === '\\') return `\\${one}`;
    return character(one.codePointAt(0) ?? 0, ' _-:,.{}[]()+/@#!$%&*=?<>;|~');
  });
  return `"${body.join('')}"`;
}

/** A GBNF character class. */
export function characterClass(ranges: readonly Range[]): string {
  const body = ranges.map(([from, to]) => {
    if (from === to) return character(from, '_.,:;/+@');
    return `${character(from, '')}${to === from + 1 ? '' : '-'}${character(to, '')}`;
  });
  return `[${body.join('')}]`;
}

const SHORT_ESCAPES: readonly (readonly [number, string])[] = [
  [0x22, '"'],
  [0x5c, '\\'],
  [0x08, 'b'],
  [0x09, 't'],
  [0x0a, 'n'],
  [0x0c, 'f'],
  [0x0d, 'r'],
];

const UNESCAPED: readonly Range[] = [
  [0x20, 0x21],
  [0x23, 0x5b],
  [0x5d, 0x10ffff],
];

/** How the characters of a class are written inside a JSON string: as JSON.stringify does, each in one way. */
export interface Written {
  readonly plain: readonly Range[];
  /** Letters behind a backslash. */
  readonly short: readonly Range[];
  /** The last digit behind `\u000` and behind `\u001`. */
  readonly control: readonly [readonly Range[], readonly Range[]];
}

export function written(ranges: readonly Range[]): Written {
  const holds = (code: number): boolean => ranges.some(([from, to]) => from <= code && code <= to);
  const short = SHORT_ESCAPES.filter(([code]) => holds(code)).map(([, letter]): Range => [
    letter.charCodeAt(0),
    letter.charCodeAt(0),
  ]);
  const digits = (row: number): Range[] =>
    Array.from({ length: 16 }, (_, digit) => digit)
      .filter((digit) => holds(row * 16 + digit))
      .filter((digit) => !SHORT_ESCAPES.some(([code]) => code === row * 16 + digit))
      .map((digit): Range => [hex(digit, 1).charCodeAt(0), hex(digit, 1).charCodeAt(0)]);
  return { plain: cutRanges(ranges, UNESCAPED), short, control: [digits(0), digits(1)] };
}
