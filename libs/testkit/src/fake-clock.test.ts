import { sleep } from '@flotilla/kernel';
import { describe, expect, it } from 'vitest';

import { fakeClock } from './fake-clock.ts';

describe('fakeClock', () => {
  it('fires timers in the order of their time, and at their time', async () => {
    const clock = fakeClock({ now: 1000 });
    const fired: string[] = [];
    clock.setTimeout(() => fired.push(`late at ${clock.now()}`), 20);
    clock.setTimeout(() => fired.push(`early at ${clock.now()}`), 10);
    clock.setTimeout(() => fired.push(`early too at ${clock.now()}`), 10);
    await clock.advance(15);
    expect(fired).toEqual(['early at 1010', 'early too at 1010']);
    await clock.advance(5);
    expect(fired).toEqual(['early at 1010', 'early too at 1010', 'late at 1020']);
  });

  it('lets a loop that sleeps run as often as time allows', async () => {
    const clock = fakeClock();
    let rounds = 0;
    const loop = (async () => {
      for (; rounds < 5; rounds += 1) await sleep({ clock, ms: 1000 });
    })();
    await clock.advance(3500);
    expect(rounds).toBe(3);
    await clock.advance(10_000);
    await loop;
    expect(rounds).toBe(5);
  });

  it('does not fire what was cancelled, and counts what waits', async () => {
    const clock = fakeClock();
    const timer = clock.setTimeout(() => expect.unreachable(), 10);
    expect(clock.waiting).toBe(1);
    timer.cancel();
    expect(clock.waiting).toBe(0);
    await clock.advance(100);
  });

  it('jumps in wall time without firing, and never in monotonic time', async () => {
    const clock = fakeClock({ now: 5000 });
    clock.setTimeout(() => expect.unreachable(), 10);
    clock.jump(-3000);
    expect(clock.now()).toBe(2000);
    clock.jump(1_000_000);
    expect(clock.monotonic()).toBe(0);
    await clock.advance(5);
    expect(clock.now()).toBe(1_002_005);
  });
});
