import { describe, expect, it } from 'vitest';
import { correctedTime } from './corrected-time.ts';

const RECEIVED = 1_000_000;

describe('when a row was, by our clock', () => {
  const batch = { sentAt: 5_000_000, sentUptimeMs: 90_000, bootId: 'now' };

  it('follows the uptime of the boot that sent it, whatever the wall clock did meanwhile', () => {
    for (const at of [0, 4_999_000, 9e12]) {
      const row = { at, bootId: 'now', uptimeMs: 60_000 };
      expect(correctedTime({ batch, row, receivedAt: RECEIVED })).toBe(RECEIVED - 30_000);
    }
  });

  it('is shifted by the clock offset for an earlier boot', () => {
    const row = { at: 5_000_000 - 120_000, bootId: 'before', uptimeMs: 7 };
    expect(correctedTime({ batch, row, receivedAt: RECEIVED })).toBe(RECEIVED - 120_000);
  });

  it('is never in our future, nor before all time', () => {
    expect(
      correctedTime({ batch, row: { at: 9e12, bootId: 'before', uptimeMs: 0 }, receivedAt: RECEIVED }),
    ).toBe(RECEIVED);
    expect(
      correctedTime({ batch, row: { at: 0, bootId: 'before', uptimeMs: 0 }, receivedAt: RECEIVED }),
    ).toBe(0);
  });
});
