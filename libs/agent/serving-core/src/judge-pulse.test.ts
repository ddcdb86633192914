import { describe, expect, it } from 'vitest';
import { judgePulse, NEW_LIFE, type Pulse } from './judge-pulse.ts';

/** Pings until it counts as hung; undefined when it never does. */
function pingsUntilHung(pulseAt: (ping: number) => Pulse, most = 2_000): number | undefined {
  let life = NEW_LIFE;
  for (let ping = 1; ping <= most; ping += 1) {
    const judged = judgePulse(life, pulseAt(ping));
    if (judged.hung !== undefined) return ping;
    life = judged.life;
  }
  return undefined;
}

describe('judgePulse', () => {
  it('calls a process hung that gives no answer for a minute', () => {
    expect(pingsUntilHung(() => 'silent')).toBe(12);
  });

  it('forgives silence that ends in time', () => {
    expect(
      pingsUntilHung((ping) => (ping % 12 === 0 ? { steps: ping, cpuSeconds: 0, running: 1 } : 'silent')),
    ).toBeUndefined();
  });

  it('lets a batch take a quarter of an hour, as long as it computes', () => {
    const stepEvery = 180; // pings of 5 s
    expect(
      pingsUntilHung((ping) => ({ steps: Math.floor(ping / stepEvery), cpuSeconds: ping * 4, running: 1 })),
    ).toBeUndefined();
  });

  it('calls requests hung that stand still while nothing is computed', () => {
    expect(pingsUntilHung(() => ({ steps: 5, cpuSeconds: 1, running: 1 }))).toBe(121);
  });

  it('calls requests hung that stand still for half an hour, whatever is computed', () => {
    expect(pingsUntilHung((ping) => ({ steps: 5, cpuSeconds: ping * 5, running: 1 }))).toBe(361);
  });

  it('never minds an engine that has nothing to do', () => {
    expect(pingsUntilHung(() => ({ steps: 5, cpuSeconds: 1, running: 0 }))).toBeUndefined();
  });
});
