import { describe, expect, it } from 'vitest';
import { chooseGarbage } from './choose-garbage.ts';

const state = (key: string, bytes: number, lastUsedAt: number) => ({ key, bytes, lastUsedAt });

describe('chooseGarbage', () => {
  it('deletes what was used longest ago until the rest fits', () => {
    const states = [state('old', 40, 1), state('new', 40, 3), state('older', 40, 0), state('mid', 40, 2)];
    expect(chooseGarbage(states, { mostBytes: 90, inUse: 'new' })).toEqual(['old', 'older']);
  });

  it('keeps the one in use before younger ones', () => {
    expect(
      chooseGarbage([state('mine', 60, 1), state('young', 60, 9)], { mostBytes: 100, inUse: 'mine' }),
    ).toEqual(['young']);
  });

  it('deletes also the one in use when it alone is over the bound', () => {
    expect(chooseGarbage([state('mine', 101, 1)], { mostBytes: 100, inUse: 'mine' })).toEqual(['mine']);
  });
});
