import type { HardwarePrice, Tariff, TelemetryRow } from '@flotilla/contracts';
import type { DeviceRollup, EnergySum, ServiceKey, ServiceRollup } from './rollup.ts';
import type { TimeRange } from './telemetry.ts';

/** A row with when its interval began by our clock. */
export interface TimedRow {
  row: TelemetryRow;
  startAt: number;
}

/** What one line of a cost report is made from, for a piece of time in which every price stays the same. */
export interface UsageSum extends EnergySum {
  deviceId: string;
  site: string | undefined;
  service: string | undefined;
  variant: string | undefined;
  variantName: string | undefined;
  /** Id and title in the catalogue; undefined where the variant is not in it. */
  model: string | undefined;
  modelTitle: string | undefined;
  requests: number;
  tokensIn: number;
  tokensOut: number;
  busyMs: number;
}

export interface DeviceEntry {
  id: string;
  name: string;
  joinedAt: number;
  revokedAt: number | undefined;
}

/** Where telemetry is kept. Every method is one transaction. */
export interface TelemetryStore {
  /**
   * Adds the rows that are not held yet, raw and to their rollups, and moves the epoch's watermark, all or nothing.
   * Two batches of one device at once: one waits for the other.
   */
  ingest(batch: {
    deviceId: string;
    epoch: string;
    /** As the device says; another one for the same rows means that it sent them anew. */
    sentAt: number;
    rows: readonly TimedRow[];
  }): Promise<{ upTo: number; added: number }>;

  /** Raw rows whose interval began in the range, ascending. */
  listRows(query: TimeRange & { deviceId: string }): Promise<TimedRow[]>;
  /** Quarter hours that begin in the range, ascending. */
  listDeviceRollups(
    query: TimeRange & { deviceId: string },
  ): Promise<Array<{ at: number; rollup: DeviceRollup }>>;
  /** One page of quarter hours that begin in the range, in a fixed order; `next` continues. */
  listServiceRollups(
    query: TimeRange & {
      deviceId?: string | undefined;
      service?: string | undefined;
      after?: string | undefined;
      limit: number;
    },
  ): Promise<{
    items: Array<{ at: number; key: ServiceKey; rollup: ServiceRollup }>;
    next?: string | undefined;
  }>;

  /** Sums over quarter hours that begin in the range: of whole devices, or of their services and variants. */
  sumUsage(query: TimeRange & { of: 'devices' | 'services' }): Promise<UsageSum[]>;
  listDevices(): Promise<DeviceEntry[]>;

  addTariff(tariff: Tariff): Promise<void>;
  listTariffs(): Promise<Tariff[]>;
  addHardwarePrice(price: HardwarePrice): Promise<void>;
  listHardwarePrices(): Promise<HardwarePrice[]>;

  /** Removes up to `limit` raw rows that began before; returns how many. Rollups and watermarks stay. */
  removeRowsBefore(at: number, limit: number): Promise<number>;
}
