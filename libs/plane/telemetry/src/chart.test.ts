import { emptyHistogram, observe, type TelemetryRow } from '@flotilla/contracts';
import { describe, expect, it } from 'vitest';
import { chart, chartStep } from './chart.ts';
import { BUCKET_MS, deviceRollup, energySum, mergeDeviceRollups, serviceRollup } from './rollup.ts';

const HOUR = 3_600_000;

describe('the step of a chart', () => {
  it.each([
    ['a short range from raw rows', { from: 0, to: HOUR, asked: undefined, rawSince: 0 }, 30_000, 'raw'],
    [
      'a day from quarter hours',
      { from: 0, to: 24 * HOUR, asked: undefined, rawSince: 0 },
      BUCKET_MS,
      'rollups',
    ],
    [
      'what raw rows no longer cover',
      { from: 0, to: HOUR, asked: undefined, rawSince: 1 },
      BUCKET_MS,
      'rollups',
    ],
    ['the step that was asked', { from: 0, to: HOUR, asked: 60_000, rawSince: 0 }, 60_000, 'raw'],
    ['no more than a thousand points', { from: 0, to: HOUR, asked: 1, rawSince: 0 }, 3_600, 'raw'],
    ['a year', { from: 0, to: 8_766 * HOUR, asked: undefined, rawSince: 0 }, 147 * BUCKET_MS, 'rollups'],
  ] as const)('shows %s', (_what, request, stepMs, source) => {
    expect(chartStep(request)).toEqual({ stepMs, source });
  });
});

const histogram = observe(emptyHistogram(), 100);

function row(more: Partial<TelemetryRow> = {}): TelemetryRow {
  return {
    sequence: 1,
    at: 0,
    intervalMs: 30_000,
    bootId: 'b',
    uptimeMs: 0,
    health: { cpuShare: 0.5, memoryUsedBytes: 10 },
    energy: { joules: 1.5, method: 'rapl' },
    services: [],
    dropped: 0,
    ...more,
  };
}

const usage = {
  service: 'assistant',
  release: 'a',
  variant: 'b',
  variantName: 'small-q4',
  requests: 2,
  errors: 1,
  tokensIn: 3,
  tokensOut: 4,
  tokensCached: 0,
  queuePeak: 0,
  busyMs: 5,
  ttftMs: histogram,
  tokensPerSecond: histogram,
  energy: { joules: 0.5, method: 'rapl' as const },
};

describe('a chart', () => {
  it('gathers parts into steps, and has no point where nothing was heard', () => {
    const parts = [0, 30_000, 200_000].map((at) => ({
      at,
      device: deviceRollup(row()),
      services: [serviceRollup(usage)],
    }));
    const { points } = chart({ from: 0, to: HOUR, stepMs: 60_000, parts, energyOf: 'device' });
    expect(points.map((p) => [p.at, p.requests, p.joules, p.cpuShare])).toEqual([
      [0, 4, 3, 0.5],
      [180_000, 2, 1.5, 0.5],
    ]);
    expect(points[0]?.ttftP50Ms).toBeGreaterThan(90);
  });

  it('says of every point whether its energy was measured, and nothing where there was none', () => {
    const basisOf = (...energies: TelemetryRow['energy'][]) => {
      const parts = energies.map((energy) => ({
        at: 0,
        device: deviceRollup(row({ energy })),
        services: [],
      }));
      return chart({ from: 0, to: 1, stepMs: 1, parts, energyOf: 'device' }).points[0]?.energyBasis;
    };
    expect(basisOf({ joules: 1, method: 'rapl' }, { joules: 2, method: 'nvml' })).toBe('measured');
    expect(basisOf({ joules: 1, method: 'rapl' }, { joules: 0.1, method: 'modelled' })).toBe('modelled');
    expect(basisOf({ joules: 0, method: 'modelled' })).toBeUndefined();
  });

  it('of one service shows the energy of that service', () => {
    const parts = [{ at: 0, device: deviceRollup(row()), services: [serviceRollup(usage)] }];
    expect(chart({ from: 0, to: HOUR, stepMs: 60_000, parts, energyOf: 'services' }).points[0]?.joules).toBe(
      0.5,
    );
  });
});

describe('rollups', () => {
  it('keep measured and modelled energy apart', () => {
    expect(energySum({ joules: 1.2345, method: 'nvml' })).toEqual({ measuredMj: 1_235, modelledMj: 0 });
    expect(energySum({ joules: 1, method: 'unknown' })).toEqual({ measuredMj: 0, modelledMj: 1_000 });
  });

  it('leave a fact out that no row knew', () => {
    const unknown = deviceRollup(row({ health: {} }));
    const merged = mergeDeviceRollups(unknown, unknown);
    expect(merged.memoryUsedBytes).toBeUndefined();
    expect(
      chart({
        from: 0,
        to: 1,
        stepMs: 1,
        parts: [{ at: 0, device: merged, services: [] }],
        energyOf: 'device',
      }).points[0],
    ).not.toHaveProperty('cpuShare');
  });
});
