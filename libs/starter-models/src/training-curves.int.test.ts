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

/** Whether the last third of the tokens at the full rate lies hardly below the third before, and the rate then fell to zero. */
function isFlat(rows: readonly Row[]): boolean {
  const full = rows.filter(({ rate }) => rate === 1);
  const start = full[0]!.tokens;
  const length = full.at(-1)!.tokens - start;
  const thirdOf = (tokens: number): number => Math.min(2, Math.floor((3 * (tokens - start)) / length));
  const [before, last] = [1, 2].map((third) =>
    full.filter(({ tokens }) => thirdOf(tokens) === third).map(({ loss }) => loss),
  ) as [number[], number[]];
  const enough = Math.min(before.length, last.length) >= LOOKS_NEEDED;
  return enough && mean(last) >= mean(before) * (1 - FLAT_BELOW) && rows.at(-1)!.rate === 0;
}

describe('a card', () => {
  const ids = [...new Set<string>(starterModels().map(({ modelId }) => modelId))];

  it.each(ids)('calls %s flat exactly where its committed validation losses are', (modelId) => {
    const card = readFileSync(packageFile('cards', `${modelId}.md`), 'utf8');
    expect(card).toContain(isFlat(curve(modelId)) ? 'so it is **flat**' : 'so it is **not flat**');
  });
});
