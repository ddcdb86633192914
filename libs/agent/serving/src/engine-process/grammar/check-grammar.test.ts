import { describe, expect, it } from 'vitest';
import { checkGrammar } from './check-grammar.ts';

const refusalOf = (grammar: string): string | undefined => {
  const check = checkGrammar(grammar);
  return check.ok ? undefined : check.reason;
};
const chain = (length: number, body: (next: string) => string): string =>
  [
    'root ::= r0',
    ...Array.from({ length }, (_, index) => `r${index} ::= ${body(`r${index + 1}`)}`),
    `r${length} ::= "x"`,
  ].join('\n');

describe('checkGrammar', () => {
  it.each([
    'root ::= "yes" | "no"',
    'root ::= item (", " item)* # a list\nitem ::= [a-z]+\n',
    'root ::=\n  ws "[" ws "]"\nws ::= [ \\t\\n]*',
    'root ::= "a"{2,5} .{3} [^"\\\\]{0,} ("b" | "")?',
    'root ::= "\\"" [\\x41-\\x5A\\]-] "\\u00e9"',
    'root ::= value\nvalue ::= "{" (value ("," value)*)? "}"',
    'root ::= "é" [à-ü]',
    `root ::= ${Array.from({ length: 1_000 }, (_, index) => `"w${index}"`).join(' | ')}`,
    chain(1_000, (next) => next),
  ])('takes what llama.cpp can bear: %#', (grammar) => {
    expect(refusalOf(grammar)).toBeUndefined();
  });

  it.each([
    ['an empty text', '', 'no rule `root`'],
    ['another start', 'start ::= "a"', 'no rule `root`'],
    ['an undefined rule', 'root ::= "a" other', '`other` is not defined'],
    ['an open literal', 'root ::= "a', 'line 1: `"` is expected'],
    ['an open class', 'root ::= "b"\nx ::= [a', 'line 2: `]` is expected'],
    ['an open group', 'root ::= ("a"', '`)` is expected'],
    ['an unknown escape', 'root ::= "\\q"', 'a known escape'],
    ['bounds the wrong way round', 'root ::= "a"{3,2}', 'from 3 to 2'],
    ['a repetition that is too long', 'root ::= "a"{2001}', 'over 2000'],
    ['repetitions that multiply', `root ::= "${'a'.repeat(600)}"{2000}`, 'elements'],
    ['a token by its number', 'root ::= <[3]>', 'names a token'],
    ['a token by its text', 'root ::= "a" <|im_end|>', 'names a token'],
    ['every token but one', 'root ::= !<[3]>', 'names a token'],
    ['left recursion', 'root ::= root "a" | "b"', '`root` begins with itself'],
    ['left recursion through nothing', 'root ::= a root "x"\na ::= b\nb ::= "" | "y"', 'begins with itself'],
    ['a loop that reads nothing', 'root ::= ws*\nws ::= [ ]*', 'may be empty is repeated'],
    ['groups nested without end', `root ::= ${'('.repeat(300)}"a"${')'.repeat(300)}`, 'nest deeper'],
    ['rules that double each other', chain(40, (next) => `${next} "a" | ${next} "b"`), 'ways'],
    ['optional parts that double each other', `root ::= ${'o '.repeat(40)}\no ::= "a" | "" | ""`, 'ways'],
    ['a chain of rules deeper than the stack', chain(6_000, (next) => next), 'begin with one another'],
    ['a null character', 'root ::= "a\0"', 'well-formed'],
    ['half a character', 'root ::= "\uD800"', 'well-formed'],
    ['more than its bytes', `root ::= "${'a'.repeat(300_000)}"`, 'bytes'],
  ])('refuses %s', (_, grammar, reason) => {
    expect(refusalOf(grammar)).toContain(reason);
  });

  it('names the rule a group stands in', () => {
    expect(refusalOf('root ::= "a" (list "b")\nlist ::= (list "c")')).toContain('`list`');
  });
});
