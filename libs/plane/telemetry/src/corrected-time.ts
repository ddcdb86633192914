import type { TelemetryBatch, TelemetryRow } from '@flotilla/contracts';

/**
 * When a row's interval ended, by our clock. Within the boot that sent the batch the device's uptime tells it,
 * whatever its wall clock did; rows of earlier boots are shifted by the device's present offset. Never later than
 * the moment the batch was received.
 */
export function correctedTime({
  batch,
  row,
  receivedAt,
}: {
  batch: Pick<TelemetryBatch, 'sentAt' | 'sentUptimeMs' | 'bootId'>;
  row: Pick<TelemetryRow, 'at' | 'bootId' | 'uptimeMs'>;
  receivedAt: number;
}): number {
  const age = row.bootId === batch.bootId ? batch.sentUptimeMs - row.uptimeMs : batch.sentAt - row.at;
  return Math.max(0, receivedAt - Math.max(0, age));
}
