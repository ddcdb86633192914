import { CALL_CLOSE, CALL_OPEN } from '../tool-call-parser.ts';
import { literal, rule } from './grammar-text.ts';

/** A function with the rule of its arguments. */
export interface CallRule {
  name: string;
  argumentsRule: string;
}

/**
 * Calls in the form of the templates: `<tool_call>{"name": …, "arguments": …}</tool_call>`.
 *
 * `calls` is one or more of them, `call-rest` what follows an open mark. White space is that of the templates:
 * at most one space after a comma or a colon, at most one line break around the body and between calls.
 */
export function callRules(functions: readonly CallRule[], { single }: { single: boolean }): string {
  return [
    rule('calls', [`${literal(CALL_OPEN)} call-rest`]),
    rule('call-rest', [
      `call-break "{" ${literal('"name":')} call-space call-body "}" call-break ${literal(CALL_CLOSE)} call-more`,
    ]),
    rule('call-more', single ? [''] : ['', 'calls', '"\\n" calls']),
    rule(
      'call-body',
      functions.map(
        ({ name, argumentsRule }) =>
          `${literal(`"${name}",`)} call-space ${literal('"arguments":')} call-space ${argumentsRule}`,
      ),
    ),
    rule('call-space', ['', '" "']),
    rule('call-break', ['', '"\\n"']),
  ].join('');
}

/** `free`: any text, in which an open mark begins a call. One rule per character of the mark that stands already. */
export function freeTextRules(): string {
  return [...CALL_OPEN]
    .map((next, seen) => {
      const isLast = seen === CALL_OPEN.length - 1;
      return rule(stateName(seen), [
        '',
        `${literal(next)} ${isLast ? 'call-rest' : stateName(seen + 1)}`,
        ...(seen === 0 ? [] : [`"<" ${stateName(1)}`]),
        `${anyBut(seen === 0 ? '<' : `<${next}`)} ${stateName(0)}`,
      ]);
    })
    .join('');
}

/** A class of every character but these. */
function anyBut(characters: string): string {
  const codes = [...characters].map((character) => character.charCodeAt(0)).toSorted((a, b) => a - b);
  const starts = [1, ...codes.map((code) => code + 1)];
  const ends = [...codes.map((code) => code - 1), 0x10_ff_ff];
  const ranges = starts.map((start, index) => `${escaped(start)}-${escaped(ends[index] ?? start)}`);
  return `[${ranges.join('')}]`;
}

const escaped = (code: number): string => `\\U${code.toString(16).padStart(8, '0')}`;

const stateName = (seen: number): string => (seen === 0 ? 'free' : `free-${seen}`);
