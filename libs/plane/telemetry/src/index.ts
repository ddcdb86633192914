/** Telemetry that is never lost or counted twice, charts, and cost in integer money. */
export type { CostRequest, Telemetry, TimeRange } from './telemetry.ts';
export { createTelemetry, type TelemetryDeps } from './create-telemetry.ts';
export type { DeviceEntry, TelemetryStore, TimedRow, UsageSum } from './telemetry-store.ts';
export {
  BUCKET_MS,
  bucketStart,
  deviceRollup,
  mergeDeviceRollups,
  mergeServiceRollups,
  serviceRollup,
  type DeviceRollup,
  type EnergySum,
  type ServiceKey,
  type ServiceRollup,
} from './rollup.ts';
export { closeGaps, isCovered, nextWatermark, type Gap } from './watermark.ts';
export { correctedTime } from './corrected-time.ts';
