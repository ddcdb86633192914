import { describe, expect, it } from 'vitest';
import { chooseSlot } from './choose-slot.ts';

const slot = (cached: number[], lastUsedAt = 0, busyNeighbours = 0) => ({
  cached,
  lastUsedAt,
  busyNeighbours,
});
const tokens = (count: number, ...rest: number[]) => [
  ...Array.from({ length: count }, (_, index) => index),
  ...rest,
];

describe('chooseSlot', () => {
  it('takes the sequence that shares the longest prefix', () => {
    expect(chooseSlot([slot([0, 1]), slot([0, 1, 2, 99]), slot([1, 1, 2])], tokens(50))).toBe(1);
  });

  it('takes the least recently used when none shares more', () => {
    expect(chooseSlot([slot([5], 30), slot([6], 10), slot([7], 20)], [1])).toBe(1);
  });

  it('takes one beside those that work where another shares hardly more', () => {
    const free = [slot(tokens(100), 0, 0), slot(tokens(90), 9, 1), slot(tokens(90), 8, 2)];
    expect(chooseSlot(free, tokens(200))).toBe(2);
    expect(chooseSlot([slot(tokens(120), 0, 0), ...free.slice(1)], tokens(200))).toBe(0);
  });

  it('spares a sequence that shares only what any other gets from the disk', () => {
    const free = [slot(tokens(20, 77, 88), 20), slot([5, 6], 10)];
    expect(chooseSlot(free, tokens(40))).toBe(0);
    expect(chooseSlot(free, tokens(40), 20)).toBe(1);
    expect(chooseSlot(free, tokens(20, 77, 99), 20)).toBe(0);
  });

  it('has no answer when none is free', () => {
    expect(chooseSlot([], [1])).toBeUndefined();
  });
});
