import { describe, expect, it } from 'vitest';
import { requestOf, usageOf } from './testing/fixtures.ts';
import { splitEnergy, UsageAccumulator } from './usage-accumulator.ts';

describe('UsageAccumulator', () => {
  it('adds up requests, tokens, busy time and histograms', () => {
    const usage = new UsageAccumulator();
    usage.noteRequest(requestOf());
    usage.noteRequest(requestOf({ failed: true, ttftMs: undefined, tokensPerSecond: undefined }));
    const [entry] = usage.take();
    expect(entry).toMatchObject({
      service: 'assistant',
      requests: 2,
      errors: 1,
      tokensIn: 20,
      tokensOut: 40,
      tokensCached: 8,
      busyMs: 200,
    });
    expect(entry?.ttftMs.count).toBe(1);
    expect(entry?.tokensPerSecond.sum).toBe(200);
  });

  it('starts from nothing after it was read', () => {
    const usage = new UsageAccumulator();
    usage.noteRequest(requestOf());
    usage.take();
    expect(usage.take()).toEqual([]);
  });

  it('keeps two releases of one service apart', () => {
    const usage = new UsageAccumulator();
    usage.noteRequest(requestOf());
    usage.noteRequest(requestOf({ release: 'cd'.repeat(32) }));
    expect(usage.take().map(({ requests }) => requests)).toEqual([1, 1]);
  });

  it('counts a refusal once, as a failed request', () => {
    const usage = new UsageAccumulator();
    usage.noteRefused('assistant');
    expect(usage.take()).toEqual([]);
    usage.noteRequest(requestOf());
    usage.noteRequest(requestOf({ release: 'cd'.repeat(32) }));
    expect(usage.take().map(({ requests, errors }) => [requests, errors])).toEqual([
      [2, 1],
      [1, 0],
    ]);
  });

  it('remembers the longest queue', () => {
    const usage = new UsageAccumulator();
    for (const length of [1, 7, 3]) usage.noteQueue('assistant', length);
    usage.noteRequest(requestOf());
    expect(usage.take()[0]?.queuePeak).toBe(7);
  });
});

describe('splitEnergy', () => {
  const box = { joules: 100, method: 'modelled' as const };
  it('gives a service the part of the interval in which it kept an engine busy', () => {
    const { energy: _, ...usage } = { ...usageOf(10) };
    expect(splitEnergy({ usages: [usage], energy: box, intervalMs: 10_000 })[0]?.energy).toEqual({
      joules: 10,
      method: 'modelled',
    });
  });

  it('never gives away more than the box took', () => {
    const { energy: _, ...usage } = { ...usageOf(1_000) };
    const parts = splitEnergy({
      usages: [usage, { ...usage, busyMs: 300_000 }],
      energy: box,
      intervalMs: 1_000,
    });
    expect(parts.map(({ energy }) => energy.joules)).toEqual([25, 75]);
  });

  it('gives nothing where nothing ran', () => {
    const { energy: _, ...usage } = { ...usageOf(0) };
    expect(splitEnergy({ usages: [usage], energy: box, intervalMs: 0 })[0]?.energy.joules).toBe(0);
  });
});
