import Table from 'cli-table3';
import { wrapWords } from '@flotilla/kernel';
import { terminalWidth } from './terminal-width.ts';

const GAP = 2;

/** Fits a terminal of 80 columns: no borders, two spaces between columns. */
const PLAIN = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Rows under a head of capitals. Where they are wider than the terminal, the longest texts are broken between words. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  width = terminalWidth(),
): string {
  const capitals = head.map((name) => name.toUpperCase());
  const widths = fit([capitals, ...rows], width);
  const drawn = new Table({
    head: capitals,
    chars: PLAIN,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  drawn.push(
    ...rows.map((row) => row.map((cell, column) => wrapWords(cell, widths[column] ?? Infinity).join('\n'))),
  );
  return trimLines(drawn.toString());
}

/** Name and value pairs, one per line; a long value goes on below itself, in a file as well. */
export function facts(
  pairs: readonly (readonly [string, string | undefined])[],
  width = terminalWidth({ unknown: 80 }),
): string {
  const names = Math.max(...pairs.map(([name]) => name.length)) + GAP;
  const left = Math.max(20, width - names);
  return pairs
    .filter((pair): pair is readonly [string, string] => pair[1] !== undefined)
    .map(([name, value]) => `${name.padEnd(names)}${wrapWords(value, left).join(`\n${' '.repeat(names)}`)}`)
    .join('\n');
}

/** Width per column: the widest gives way first, and none below its longest word. */
function fit(rows: readonly (readonly string[])[], width: number): number[] {
  const columns = rows[0]?.length ?? 0;
  const longest = (texts: readonly string[]) => Math.max(0, ...texts.map((text) => text.length));
  const cells = Array.from({ length: columns }, (_, column) => rows.map((row) => row[column] ?? ''));
  const widths = cells.map((texts) => longest(texts.flatMap((text) => text.split('\n'))));
  const least = cells.map((texts) => longest(texts.flatMap((text) => text.split(/\s+/))));
  const room = width - GAP * (columns - 1);
  while (widths.reduce((sum, own) => sum + own, 0) > room) {
    const slack = widths.map((own, column) => (own > (least[column] ?? 0) ? own : 0));
    const widest = slack.indexOf(Math.max(...slack));
    if ((slack[widest] ?? 0) === 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function trimLines(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
