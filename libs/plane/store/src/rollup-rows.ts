import { Histogram } from '@flotilla/contracts';
import type { DeviceRollup, ServiceRollup } from '@flotilla/plane-telemetry';
import type { TelemetryDevices, TelemetryServices } from './database.ts';
import { orNull, orUndefined, readJson } from './json-column.ts';

export type DeviceColumns = Omit<TelemetryDevices, 'device_id' | 'site' | 'bucket'>;
export type ServiceColumns = Pick<
  TelemetryServices,
  | 'requests'
  | 'errors'
  | 'tokens_in'
  | 'tokens_out'
  | 'tokens_cached'
  | 'busy_ms'
  | 'measured_mj'
  | 'modelled_mj'
  | 'ttft_ms'
  | 'tokens_per_second'
>;

export function toDeviceRollup(row: DeviceColumns): DeviceRollup {
  return {
    rows: row.row_count,
    intervalMs: row.interval_ms,
    cpuBusyMs: row.cpu_busy_ms,
    cpuKnownMs: row.cpu_known_ms,
    memoryUsedBytes: orUndefined(row.memory_used_bytes),
    memoryTotalBytes: orUndefined(row.memory_total_bytes),
    temperatureC: orUndefined(row.temperature_c),
    dropped: row.dropped,
    measuredMj: row.measured_mj,
    modelledMj: row.modelled_mj,
  };
}

export function deviceColumns(rollup: DeviceRollup): DeviceColumns {
  return {
    row_count: rollup.rows,
    interval_ms: rollup.intervalMs,
    cpu_busy_ms: rollup.cpuBusyMs,
    cpu_known_ms: rollup.cpuKnownMs,
    memory_used_bytes: orNull(rollup.memoryUsedBytes),
    memory_total_bytes: orNull(rollup.memoryTotalBytes),
    temperature_c: orNull(rollup.temperatureC),
    dropped: rollup.dropped,
    measured_mj: rollup.measuredMj,
    modelled_mj: rollup.modelledMj,
  };
}

export function toServiceRollup(row: ServiceColumns): ServiceRollup {
  return {
    requests: row.requests,
    errors: row.errors,
    tokensIn: row.tokens_in,
    tokensOut: row.tokens_out,
    tokensCached: row.tokens_cached,
    busyMs: row.busy_ms,
    measuredMj: row.measured_mj,
    modelledMj: row.modelled_mj,
    ttftMs: readJson(Histogram, row.ttft_ms, 'telemetry_services/ttft_ms'),
    tokensPerSecond: readJson(Histogram, row.tokens_per_second, 'telemetry_services/tokens_per_second'),
  };
}

export function serviceColumns(rollup: ServiceRollup): ServiceColumns {
  return {
    requests: rollup.requests,
    errors: rollup.errors,
    tokens_in: rollup.tokensIn,
    tokens_out: rollup.tokensOut,
    tokens_cached: rollup.tokensCached,
    busy_ms: rollup.busyMs,
    measured_mj: rollup.measuredMj,
    modelled_mj: rollup.modelledMj,
    ttft_ms: JSON.stringify(rollup.ttftMs),
    tokens_per_second: JSON.stringify(rollup.tokensPerSecond),
  };
}
