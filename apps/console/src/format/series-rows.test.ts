import { expect, it } from 'vitest';
import { seriesRows } from './series-rows.ts';

const point = (at: number) => ({ at, requests: 1, errors: 0, tokensIn: 2, tokensOut: 3, joules: 4 });

it('has a row for every interval, with what was read in it', () => {
  const rows = seriesRows({ from: 1_000, to: 5_000, stepMs: 1_000, points: [point(2_000), point(4_000)] });
  expect(rows.map(({ at, requests }) => [at, requests])).toEqual([
    [1_000, undefined],
    [2_000, 1],
    [3_000, undefined],
    [4_000, 1],
  ]);
});

it('puts a point that is not on a step into the interval that holds it', () => {
  const rows = seriesRows({ from: 1_500, to: 4_000, stepMs: 1_000, points: [point(2_700)] });
  expect(rows.map(({ at, tokensOut }) => [at, tokensOut])).toEqual([
    [1_000, undefined],
    [2_000, 3],
    [3_000, undefined],
  ]);
});

it('is empty for an empty time', () => {
  expect(seriesRows({ from: 5, to: 5, stepMs: 1_000, points: [] })).toEqual([]);
});
