import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { sleep, systemClock } from './clock.ts';

describe('systemClock', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('waits for timeouts that are longer than the platform allows in one piece', () => {
    const called = vi.fn();
    const sixtyDays = 60 * 86_400_000;
    systemClock.setTimeout(called, sixtyDays);
    vi.advanceTimersByTime(sixtyDays - 1);
    expect(called).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(called).toHaveBeenCalledOnce();
  });

  it('does not call back after a cancel, even in a later piece of a long timeout', () => {
    const called = vi.fn();
    const timer = systemClock.setTimeout(called, 60 * 86_400_000);
    vi.advanceTimersByTime(30 * 86_400_000);
    timer.cancel();
    vi.advanceTimersByTime(60 * 86_400_000);
    expect(called).not.toHaveBeenCalled();
  });

  it('never lets its monotonic time go back', () => {
    const before = systemClock.monotonic();
    vi.setSystemTime(0);
    expect(systemClock.monotonic()).toBeGreaterThanOrEqual(before);
  });
});

describe('sleep', () => {
  it('resolves when its time has passed', async () => {
    await expect(sleep({ clock: systemClock, ms: 1 })).resolves.toBeUndefined();
  });

  it('rejects with the reason of an abort, before or during the wait', async () => {
    const reason = new TypeError('stopped');
    await expect(sleep({ clock: systemClock, ms: 60_000, signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
    const controller = new AbortController();
    const sleeping = sleep({ clock: systemClock, ms: 60_000, signal: controller.signal });
    controller.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
  });
});
