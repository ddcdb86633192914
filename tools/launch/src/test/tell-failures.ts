import { stripVTControlCharacters } from 'node:util';
import type { Failure } from './run-kind.ts';

/** Of one message; the run above has it whole. */
const LINES_SHOWN = 30;
const LINE_LENGTH = 2_000;

/** All that failed, for the end of the output: whoever sees only a log's tail shall see what and why. */
export function tellFailures(failures: readonly Failure[]): string {
  return failures.map(({ name, message }) => `✗ ${name}\n${shorten(message)}`).join('\n');
}

function shorten(message: string): string {
  const lines = stripVTControlCharacters(message).trimEnd().split('\n');
  const shown = lines.slice(0, LINES_SHOWN).map((line) => `    ${line.slice(0, LINE_LENGTH)}\n`);
  const left = lines.length - shown.length;
  return shown.join('') + (left > 0 ? `    ... ${left} more lines\n` : '');
}
