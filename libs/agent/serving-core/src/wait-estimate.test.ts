import { describe, expect, it } from 'vitest';
import { createSpeedMeter, estimateLoadMs, estimateWaitMs } from './wait-estimate.ts';

describe('estimateWaitMs', () => {
  it('is the time the ones ahead take, shared by the sequences', () => {
    expect(estimateWaitMs({ ahead: 7, sequences: 4, meanRunMs: 1_000, runningMs: [] })).toBe(2_000);
  });

  it('is not that of one long answer among short ones, but of the youngest where all are long', () => {
    const facts = { ahead: 0, sequences: 2, meanRunMs: 1_000 };
    expect(estimateWaitMs({ ...facts, runningMs: [600_000, 200] })).toBe(500);
    expect(estimateWaitMs({ ...facts, runningMs: [600_000, 8_000] })).toBe(4_000);
  });

  it('goes by the age of what runs when nothing has finished yet', () => {
    expect(estimateWaitMs({ ahead: 0, sequences: 1, meanRunMs: undefined, runningMs: [10, 3_000] })).toBe(
      3_000,
    );
  });

  it('is nothing when nothing is known and nothing runs', () => {
    expect(estimateWaitMs({ ahead: 0, sequences: 1, meanRunMs: undefined, runningMs: [] })).toBe(0);
  });
});

describe('estimateLoadMs', () => {
  it('goes by how much was read in the time so far', () => {
    expect(estimateLoadMs({ elapsedMs: 3_000, share: 0.25, lastMs: 60_000 })).toBe(9_000);
    expect(estimateLoadMs({ elapsedMs: 3_000, share: 1, lastMs: undefined })).toBe(0);
  });

  it('goes by the last load while next to nothing is read', () => {
    expect(estimateLoadMs({ elapsedMs: 3_000, share: 0.01, lastMs: 60_000 })).toBe(57_000);
    expect(estimateLoadMs({ elapsedMs: 70_000, share: undefined, lastMs: 60_000 })).toBe(0);
  });

  it('is not known before anything was measured', () => {
    expect(estimateLoadMs({ elapsedMs: 3_000, share: 0.01, lastMs: undefined })).toBeUndefined();
  });
});

describe('createSpeedMeter', () => {
  it('starts with the first observation and follows a change', () => {
    const meter = createSpeedMeter();
    meter.observe({ runMs: 100, tokensPerSecond: 10 });
    expect([meter.meanRunMs, meter.tokensPerSecond]).toEqual([100, 10]);
    for (let turn = 0; turn < 40; turn += 1) meter.observe({ runMs: 200 });
    expect(meter.meanRunMs).toBeCloseTo(200, 0);
    expect(meter.tokensPerSecond).toBe(10);
  });
});
