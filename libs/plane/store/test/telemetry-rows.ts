import { emptyHistogram, observe, TelemetryBatch, type TelemetryRow } from '@flotilla/contracts';

const RELEASE = 'a'.repeat(64);
const VARIANT = 'b'.repeat(64);

/** Row `sequence` of a boot that began at zero uptime: thirty seconds each. */
export function row(sequence: number, more: Partial<TelemetryRow> = {}): TelemetryRow {
  const histogram = observe(emptyHistogram(), sequence);
  return {
    sequence,
    at: sequence * 30_000,
    intervalMs: 30_000,
    bootId: 'boot',
    uptimeMs: sequence * 30_000,
    health: { cpuShare: 0.5, memoryUsedBytes: 1_000, memoryTotalBytes: 4_000, temperatureC: 40.5 },
    energy: { joules: 60, method: 'modelled' },
    services: [
      {
        service: 'assistant',
        release: RELEASE,
        variant: VARIANT,
        variantName: 'small-q4',
        requests: 2,
        errors: 1,
        tokensIn: 30,
        tokensOut: 70,
        tokensCached: 0,
        queuePeak: 1,
        busyMs: 900,
        ttftMs: histogram,
        tokensPerSecond: histogram,
        energy: { joules: 20, method: 'modelled' },
      },
    ],
    dropped: 0,
    ...more,
  };
}

export function batch(
  deviceId: string,
  rows: TelemetryRow[],
  more: Partial<TelemetryBatch> = {},
): TelemetryBatch {
  const last = rows.at(-1);
  return TelemetryBatch.parse({
    v: 1,
    deviceId,
    epoch: 'epoch',
    sentAt: last?.at ?? 0,
    sentUptimeMs: last?.uptimeMs ?? 0,
    bootId: 'boot',
    rows,
    ...more,
  });
}
