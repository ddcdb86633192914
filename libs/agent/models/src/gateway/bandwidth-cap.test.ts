import { fakeClock } from '@flotilla/testkit';
import { describe, expect, it } from 'vitest';

import { createBandwidthCap } from './bandwidth-cap.ts';

describe('the bandwidth cap', () => {
  it('never waits without a rate', async () => {
    const cap = createBandwidthCap({ clock: fakeClock() });
    await expect(cap.take(1e12)).resolves.toBeUndefined();
  });

  it('lets through what the rate allows, whoever takes it', async () => {
    const clock = fakeClock();
    const cap = createBandwidthCap({ bytesPerSecond: 1000, clock });
    let taken = 0;
    const lane = async (): Promise<void> => {
      for (let piece = 0; piece < 20; piece += 1) {
        await cap.take(100);
        taken += 100;
      }
    };
    const lanes = Promise.all([lane(), lane()]);
    await clock.advance(2000);
    expect(taken).toBe(2200); // two seconds, a quarter of one as burst, rounded to whole pieces
    await clock.advance(2000);
    await lanes;
    expect(taken).toBe(4000);
  });

  it('stops waiting with the reason of its signal', async () => {
    const cap = createBandwidthCap({ bytesPerSecond: 1, clock: fakeClock() });
    const stop = new AbortController();
    const waiting = cap.take(1000, stop.signal);
    stop.abort(new TypeError('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
  });
});
