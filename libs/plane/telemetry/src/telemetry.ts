import type {
  CostBy,
  CostReport,
  CreateHardwarePriceRequest,
  CreateTariffRequest,
  HardwarePrice,
  Series,
  Tariff,
  TelemetryAck,
  TelemetryBatch,
  UsageTotals,
} from '@flotilla/contracts';

/** Milliseconds, `from` inclusive, `to` exclusive. */
export interface TimeRange {
  from: number;
  to: number;
}

export interface CostRequest extends TimeRange {
  by: CostBy;
}

/** What devices measured, and what it cost. Errors: `invalid-input` naming the field, `not-found`. */
export interface Telemetry {
  /** Rows already held are skipped. The answer names what is committed; send it only after this returned. */
  ingest(batch: TelemetryBatch, receivedAt: number): Promise<TelemetryAck>;
  /** A chart of one device, or of one of its services; at most 1,000 points, `stepMs` chosen from the range when absent. */
  series(request: TimeRange & { deviceId: string; service?: string; stepMs?: number }): Promise<Series>;
  /** Energy is that of whole boxes, idle time included, as `cost` counts it; with `service`, of its requests alone. */
  totals(request: TimeRange & { deviceId?: string; service?: string }): Promise<UsageTotals>;
  cost(request: CostRequest): Promise<CostReport>;

  addTariff(request: CreateTariffRequest): Promise<Tariff>;
  listTariffs(): Promise<Tariff[]>;
  addHardwarePrice(request: CreateHardwarePriceRequest): Promise<HardwarePrice>;
  listHardwarePrices(): Promise<HardwarePrice[]>;

  /** Removes raw rows older than the retention, a slice at a time; run by a job. Returns how many went. */
  forgetRawRows(): Promise<number>;
}
