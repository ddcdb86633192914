import { describe, expect, it } from 'vitest';
import { nestsDeeperThan } from './json-depth.ts';

describe('nestsDeeperThan', () => {
  it('counts arrays and objects alike, and single values as nothing', () => {
    expect([nestsDeeperThan('text', 0), nestsDeeperThan(null, 0), nestsDeeperThan([], 0)]).toEqual([
      false,
      false,
      true,
    ]);
    const three = { a: 1, b: [2, { c: 3 }] };
    expect([nestsDeeperThan(three, 3), nestsDeeperThan(three, 2)]).toEqual([false, true]);
  });

  it('looks at every branch', () => {
    expect(nestsDeeperThan([1, [], [[[]]], {}], 3)).toBe(true);
  });

  it('answers for a value that no recursion could walk', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 20_000; level += 1) deep = [deep];
    expect([nestsDeeperThan(deep, 64), nestsDeeperThan(deep, 20_000)]).toEqual([true, false]);
  });
});
