import { describe, expect, it } from 'vitest';
import { judgeLoad, NEW_LOAD, type LoadSign } from './judge-load.ts';

/** Looks until it counts as hung; undefined when it never does. */
function looksUntilHung(signAt: (look: number) => LoadSign, most = 2_000): number | undefined {
  let life = NEW_LOAD;
  for (let look = 1; look <= most; look += 1) {
    const judged = judgeLoad(life, signAt(look));
    if (judged.hung !== undefined) return look;
    life = judged.life;
  }
  return undefined;
}

describe('judgeLoad', () => {
  it('calls a load hung that neither reads nor computes for two minutes', () => {
    expect(looksUntilHung(() => ({ share: 0.5, usage: { cpuSeconds: 3, readBytes: 10 } }))).toBe(25);
  });

  it('lets a slow disk take hours, as long as something is read', () => {
    const sign = (look: number): LoadSign => ({
      share: 0.1,
      usage: { cpuSeconds: 1, readBytes: Math.floor(look / 20) + 1 },
    });
    expect(looksUntilHung(sign)).toBeUndefined();
  });

  it('lets a load that says how far it is take hours, whatever the system tells', () => {
    expect(looksUntilHung((look) => ({ share: Math.floor(look / 100) / 100 + 0.01 }))).toBeUndefined();
  });

  it('calls a load hung that computes for half an hour and reads nothing', () => {
    expect(looksUntilHung((look) => ({ share: 1, usage: { cpuSeconds: look, readBytes: 7 } }))).toBe(361);
  });

  it('gives a load of which nothing is told ten minutes', () => {
    expect(looksUntilHung(() => ({}))).toBe(120);
  });
});
