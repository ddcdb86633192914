import {
  emptyHistogram,
  FIRST_BUCKET,
  LAST_BUCKET,
  mergeHistograms,
  type Energy,
  type Histogram,
  type ServiceUsage,
  type TelemetryRow,
} from '@flotilla/contracts';

/** Rollups are kept by quarter hour of UTC: every time zone and every tariff changes on such a border. */
export const BUCKET_MS = 900_000;

export function bucketStart(at: number): number {
  return Math.floor(at / BUCKET_MS) * BUCKET_MS;
}

/** Joules in whole thousandths, apart by how they came about. Integers, so that sums are exact in any order. */
export interface EnergySum {
  measuredMj: number;
  modelledMj: number;
}

export function hasEnergy({ measuredMj, modelledMj }: EnergySum): boolean {
  return measuredMj + modelledMj > 0;
}

/** One modelled joule makes a sum a modelled one; so does nothing at all. */
export function energyBasis({ measuredMj, modelledMj }: EnergySum): 'measured' | 'modelled' {
  return modelledMj === 0 && measuredMj > 0 ? 'measured' : 'modelled';
}

export interface DeviceRollup extends EnergySum {
  rows: number;
  intervalMs: number;
  /** Sum of cpu share x interval, and the interval it covers. */
  cpuBusyMs: number;
  cpuKnownMs: number;
  memoryUsedBytes: number | undefined;
  memoryTotalBytes: number | undefined;
  temperatureC: number | undefined;
  dropped: number;
}

export interface ServiceRollup extends EnergySum {
  requests: number;
  errors: number;
  tokensIn: number;
  tokensOut: number;
  tokensCached: number;
  busyMs: number;
  ttftMs: Histogram;
  tokensPerSecond: Histogram;
}

/** What a rollup of a service is about. */
export interface ServiceKey {
  service: string;
  release: string;
  variant: string;
  variantName: string;
}

/*
 * A device may say any number that its schema allows, by a bug or on purpose. What no box can do in an interval is
 * cut to a bound, so that neither a sum nor a column can overflow and one device cannot spoil the totals of a fleet.
 */
const MOST_PER_ROW = 1e12;
const LONGEST_INTERVAL_MS = 86_400_000;

function bounded(value: number, most = MOST_PER_ROW): number {
  return Math.min(most, Math.max(0, value));
}

function boundedHistogram({ count, sum, buckets }: Histogram): Histogram {
  const known = Object.entries(buckets).filter(
    ([key]) => Number(key) >= FIRST_BUCKET && Number(key) <= LAST_BUCKET,
  );
  return {
    count: bounded(count),
    sum: bounded(sum),
    buckets: Object.fromEntries(known.map(([key, own]) => [key, bounded(own)])),
  };
}

export function energySum({ joules, method }: Energy): EnergySum {
  const mj = Math.round(bounded(joules * 1_000));
  const isMeasured = method === 'rapl' || method === 'nvml' || method === 'battery';
  return { measuredMj: isMeasured ? mj : 0, modelledMj: isMeasured ? 0 : mj };
}

export function deviceRollup(row: TelemetryRow): DeviceRollup {
  const { health } = row;
  const intervalMs = bounded(row.intervalMs, LONGEST_INTERVAL_MS);
  const isKnown = health.cpuShare !== undefined;
  return {
    rows: 1,
    intervalMs,
    cpuBusyMs: Math.round((health.cpuShare ?? 0) * intervalMs),
    cpuKnownMs: isKnown ? intervalMs : 0,
    memoryUsedBytes: health.memoryUsedBytes,
    memoryTotalBytes: health.memoryTotalBytes,
    temperatureC: health.temperatureC,
    dropped: bounded(row.dropped),
    ...energySum(row.energy),
  };
}

export function serviceRollup(usage: ServiceUsage): ServiceRollup {
  return {
    requests: bounded(usage.requests),
    errors: bounded(usage.errors),
    tokensIn: bounded(usage.tokensIn),
    tokensOut: bounded(usage.tokensOut),
    tokensCached: bounded(usage.tokensCached),
    busyMs: bounded(usage.busyMs, LONGEST_INTERVAL_MS),
    ttftMs: boundedHistogram(usage.ttftMs),
    tokensPerSecond: boundedHistogram(usage.tokensPerSecond),
    ...energySum(usage.energy),
  };
}

/** Sums add; of levels (memory, temperature) the highest stays. */
export function mergeDeviceRollups(a: DeviceRollup, b: DeviceRollup): DeviceRollup {
  return {
    rows: a.rows + b.rows,
    intervalMs: a.intervalMs + b.intervalMs,
    cpuBusyMs: a.cpuBusyMs + b.cpuBusyMs,
    cpuKnownMs: a.cpuKnownMs + b.cpuKnownMs,
    memoryUsedBytes: highest(a.memoryUsedBytes, b.memoryUsedBytes),
    memoryTotalBytes: highest(a.memoryTotalBytes, b.memoryTotalBytes),
    temperatureC: highest(a.temperatureC, b.temperatureC),
    dropped: a.dropped + b.dropped,
    measuredMj: a.measuredMj + b.measuredMj,
    modelledMj: a.modelledMj + b.modelledMj,
  };
}

export function mergeServiceRollups(a: ServiceRollup, b: ServiceRollup): ServiceRollup {
  return {
    requests: a.requests + b.requests,
    errors: a.errors + b.errors,
    tokensIn: a.tokensIn + b.tokensIn,
    tokensOut: a.tokensOut + b.tokensOut,
    tokensCached: a.tokensCached + b.tokensCached,
    busyMs: a.busyMs + b.busyMs,
    ttftMs: mergeHistograms(a.ttftMs, b.ttftMs),
    tokensPerSecond: mergeHistograms(a.tokensPerSecond, b.tokensPerSecond),
    measuredMj: a.measuredMj + b.measuredMj,
    modelledMj: a.modelledMj + b.modelledMj,
  };
}

export function emptyServiceRollup(): ServiceRollup {
  return {
    requests: 0,
    errors: 0,
    tokensIn: 0,
    tokensOut: 0,
    tokensCached: 0,
    busyMs: 0,
    ttftMs: emptyHistogram(),
    tokensPerSecond: emptyHistogram(),
    measuredMj: 0,
    modelledMj: 0,
  };
}

function highest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.max(a, b);
}
