import { describe, expect, it } from 'vitest';
import { chooseSlot } from './choose-slot.ts';

const slot = (cached: number[], lastUsedAt = 0) => ({ cached, lastUsedAt });

describe('chooseSlot', () => {
  it('takes the sequence that shares the longest prefix', () => {
    expect(chooseSlot([slot([1, 2]), slot([1, 2, 3, 9]), slot([2, 2, 3])], [1, 2, 3, 4])).toBe(1);
  });

  it('takes the least recently used when none shares more', () => {
    expect(chooseSlot([slot([5], 30), slot([6], 10), slot([7], 20)], [1])).toBe(1);
  });

  it('spares a sequence that shares only what any other gets from the disk', () => {
    const free = [slot([1, 2, 7, 8], 20), slot([5, 6], 10)];
    expect(chooseSlot(free, [1, 2, 3, 4])).toBe(0);
    expect(chooseSlot(free, [1, 2, 3, 4], 2)).toBe(1);
    expect(chooseSlot(free, [1, 2, 7, 9], 2)).toBe(0);
  });

  it('has no answer when none is free', () => {
    expect(chooseSlot([], [1])).toBeUndefined();
  });
});
