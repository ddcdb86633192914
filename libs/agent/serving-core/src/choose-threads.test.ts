import { describe, expect, it } from 'vitest';
import { chooseThreads, threadCandidates } from './choose-threads.ts';

const table = (...speeds: number[]) =>
  speeds.map((tokensPerSecond, index) => ({ threads: index + 1, tokensPerSecond }));

describe('chooseThreads', () => {
  it('takes the fastest', () => {
    expect(chooseThreads(table(10, 19, 26, 3))).toBe(3);
  });

  it('takes fewer threads when more of them gain only noise', () => {
    expect(chooseThreads(table(10, 10.2, 10.1))).toBe(1);
  });

  it('takes more threads that read prompts faster, though answers gain only noise', () => {
    expect(
      chooseThreads([
        { threads: 1, tokensPerSecond: 100, promptTokensPerSecond: 400 },
        { threads: 2, tokensPerSecond: 99, promptTokensPerSecond: 760 },
      ]),
    ).toBe(2);
  });

  it('has no answer without a measurement', () => {
    expect(chooseThreads([])).toBeUndefined();
  });
});

describe('threadCandidates', () => {
  it.each([
    [0, [1]],
    [1, [1]],
    [2, [1, 2]],
    [5, [1, 2, 3, 4, 5]],
    [10, [1, 2, 3, 4, 6, 8, 10]],
  ])('for %i usable cores measures %j', (cores, expected) => {
    expect(threadCandidates(cores)).toEqual(expected);
  });
});
