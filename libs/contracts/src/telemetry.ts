import { z } from 'zod';
import { Histogram } from './histogram.ts';
import { LIMITS } from './limits.ts';
import { openEnum } from './open-enum.ts';
import { Bytes, Count, DeviceId, DurationMs, Id, ServiceName, Sha256, Share, TimeMs } from './scalars.ts';

/** How a number of joules came about. `modelled` is never added to a measured one without saying so. */
export const EnergyMethod = openEnum(['modelled', 'rapl', 'nvml', 'battery']).meta({ id: 'EnergyMethod' });
export type EnergyMethod = z.infer<typeof EnergyMethod>;

export const Energy = z.object({
  joules: z.number().min(0),
  method: EnergyMethod,
});
export type Energy = z.infer<typeof Energy>;

/** How the box was, over the row's interval. A fact that could not be read is left out. */
export const HealthSample = z.object({
  cpuShare: Share.optional().describe('Busy part of all cores.'),
  memoryUsedBytes: Bytes.optional(),
  memoryTotalBytes: Bytes.optional(),
  agentBytes: Bytes.optional().describe('Resident memory of the supervisor.'),
  diskFreeBytes: Bytes.optional(),
  temperatureC: z.number().optional(),
  power: openEnum(['mains', 'battery']).optional(),
  batteryShare: Share.optional(),
});
export type HealthSample = z.infer<typeof HealthSample>;

/** What one service did in the row's interval. Counts, durations and scores only: never a prompt or an answer. */
export const ServiceUsage = z.object({
  service: ServiceName,
  release: Sha256,
  variant: Sha256,
  variantName: z.string().max(96),
  requests: Count,
  errors: Count,
  tokensIn: Count,
  tokensOut: Count,
  tokensCached: Count.default(0),
  queuePeak: Count,
  busyMs: DurationMs,
  ttftMs: Histogram.describe('Time to first token, milliseconds.'),
  tokensPerSecond: Histogram.describe('Decode speed per request.'),
  energy: Energy.describe('The part of the box energy that this service caused.'),
});
export type ServiceUsage = z.infer<typeof ServiceUsage>;

/** One interval on one device. (device, epoch, sequence) names it for ever. */
export const TelemetryRow = z
  .object({
    sequence: z.int().min(1).describe('Rises by one per row within an epoch.'),
    at: TimeMs.describe('Wall time of the device at the end of the interval.'),
    intervalMs: DurationMs,
    bootId: z.string().max(64),
    uptimeMs: DurationMs.describe('Monotonic time since boot at the end of the interval.'),
    health: HealthSample,
    energy: Energy,
    services: z.array(ServiceUsage).max(LIMITS.servicesPerDevice),
    dropped: Count.default(0).describe(
      'Rows the bounded spool had to drop before this one since the last row that says so.',
    ),
  })
  .meta({ id: 'TelemetryRow' });
export type TelemetryRow = z.infer<typeof TelemetryRow>;

export const TelemetryBatch = z
  .object({
    v: z.literal(1),
    deviceId: DeviceId,
    epoch: Id.describe('A random id made with the spool file: a new file starts a new count.'),
    sentAt: TimeMs,
    sentUptimeMs: DurationMs,
    bootId: z.string().max(64),
    rows: z.array(TelemetryRow).min(1).max(LIMITS.telemetryRowsPerBatch),
  })
  .meta({ id: 'TelemetryBatch' });
export type TelemetryBatch = z.infer<typeof TelemetryBatch>;

/** Sent after the rows were committed by the control plane; the device then drops rows up to `upTo`. */
export const TelemetryAck = z
  .object({ v: z.literal(1), epoch: Id, upTo: z.int().min(0) })
  .meta({ id: 'TelemetryAck' });
export type TelemetryAck = z.infer<typeof TelemetryAck>;
