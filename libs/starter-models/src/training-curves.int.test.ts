import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { packageFile } from './package-folder.ts';
import { starterModels } from './starter-models.ts';

const FLAT_BELOW = 0.02;
const LOOKS_NEEDED = 3;

type Row = { tokens: number; rate: number; loss: number };

/** The committed looks at the validation loss: tokens seen, share of the full rate, mean over the three kinds of items. */
function curve(modelId: string): Row[] {
  const [, ...lines] = readFileSync(packageFile('training', `${modelId}.csv`), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => {
    const [tokens, rate, ...losses] = line.split(',').map(Number) as [number, number, ...number[]];
    return { tokens, rate, loss: mean(losses) };
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The rows of each run that held the full rate and then fell to zero. */
function runsOf(rows: readonly Row[]): Row[][] {
  const ends = rows.flatMap(({ rate }, index) => (rate === 0 ? [index + 1] : []));
  return ends
    .map((end, index) => rows.slice(ends[index - 1] ?? 0, end))
    .filter((run) => run.some(({ rate }) => rate === 1));
}

const atFullRate = (rows: readonly Row[]): Row[] => rows.filter(({ rate }) => rate === 1);

/**
 * Two runs: whether the second ended hardly below the first. One: whether the last third of its tokens at the full rate lies
 * hardly below the third before. The rate has fallen to zero in the end.
 */
function isFlat(rows: readonly Row[]): boolean {
  const [one, two] = runsOf(rows).slice(-2) as [Row[], Row[] | undefined];
  if (two !== undefined)
    return isHardlyBelow([one.at(-1)!.loss], [two.at(-1)!.loss]) && enough([one, two].map(atFullRate), 2);
  const full = atFullRate(rows);
  const start = full[0]!.tokens;
  const length = full.at(-1)!.tokens - start;
  const thirdOf = (tokens: number): number => Math.min(2, Math.floor((3 * (tokens - start)) / length));
  const [before, last] = [1, 2].map((third) => full.filter(({ tokens }) => thirdOf(tokens) === third)) as [
    Row[],
    Row[],
  ];
  return (
    isHardlyBelow(lossesOf(before), lossesOf(last)) && enough([before, last], 1) && rows.at(-1)!.rate === 0
  );
}

const lossesOf = (rows: readonly Row[]): number[] => rows.map(({ loss }) => loss);
const isHardlyBelow = (before: number[], last: number[]): boolean =>
  mean(last) >= mean(before) * (1 - FLAT_BELOW);
const enough = (sides: readonly (readonly Row[])[], times: number): boolean =>
  sides.every(({ length }) => length >= LOOKS_NEEDED * times);

describe('a card', () => {
  const ids = [...new Set<string>(starterModels().map(({ modelId }) => modelId))];

  it.each(ids)('calls %s flat exactly where its committed validation losses are', (modelId) => {
    const card = readFileSync(packageFile('cards', `${modelId}.md`), 'utf8');
    expect(card).toContain(isFlat(curve(modelId)) ? 'so it is **flat**' : 'so it is **not flat**');
  });
});
