import type { UsageTotals } from '@flotilla/contracts';
import { FlotillaError } from '@flotilla/contracts';
import type { Clock } from '@flotilla/kernel';
import { chart, chartStep, type ChartPart } from './chart.ts';
import { correctedTime } from './corrected-time.ts';
import { costReport, type Segment } from './cost-report.ts';
import { priceSegments } from './prices.ts';
import {
  deviceRollup,
  emptyServiceRollup,
  mergeServiceRollups,
  serviceRollup,
  type EnergySum,
  type ServiceRollup,
} from './rollup.ts';
import type { Telemetry, TimeRange } from './telemetry.ts';
import type { TelemetryStore } from './telemetry-store.ts';

export interface TelemetryDeps {
  store: TelemetryStore;
  newId: () => string;
  clock: Clock;
  /** The one currency of the organisation. Default EUR. */
  currency?: string;
  /** How long raw rows are kept. Default seven days; rollups stay. */
  rawRetentionMs?: number;
}

const WEEK_MS = 7 * 86_400_000;
const PAGE = 1_000;
const FORGET_SLICE = 5_000;

export function createTelemetry({
  store,
  newId,
  clock,
  currency = 'EUR',
  rawRetentionMs = WEEK_MS,
}: TelemetryDeps): Telemetry {
  async function* serviceRollups(query: TimeRange & { deviceId?: string; service?: string }) {
    let after: string | undefined;
    do {
      const page = await store.listServiceRollups({ ...query, after, limit: PAGE });
      yield* page.items;
      after = page.next;
    } while (after !== undefined);
  }

  async function rawParts(query: TimeRange & { deviceId: string; service?: string }): Promise<ChartPart[]> {
    const rows = await store.listRows(query);
    return rows.map(({ row, startAt }) => ({
      at: startAt,
      device: deviceRollup(row),
      services: row.services
        .filter((usage) => query.service === undefined || usage.service === query.service)
        .map(serviceRollup),
    }));
  }

  async function rollupParts(
    query: TimeRange & { deviceId: string; service?: string },
  ): Promise<ChartPart[]> {
    const parts: ChartPart[] = (await store.listDeviceRollups(query)).map(({ at, rollup }) => ({
      at,
      device: rollup,
      services: [],
    }));
    for await (const { at, rollup } of serviceRollups(query)) parts.push({ at, services: [rollup] });
    return parts;
  }

  /** Of whole boxes, idle time included: the same figure that cost is made from. */
  async function boxEnergy({
    deviceId,
    ...range
  }: TimeRange & { deviceId: string | undefined }): Promise<EnergySum> {
    const parts: readonly EnergySum[] =
      deviceId === undefined
        ? await store.sumUsage({ ...range, of: 'devices' })
        : (await store.listDeviceRollups({ ...range, deviceId })).map(({ rollup }) => rollup);
    return {
      measuredMj: parts.reduce((sum, part) => sum + part.measuredMj, 0),
      modelledMj: parts.reduce((sum, part) => sum + part.modelledMj, 0),
    };
  }

  function refuseOtherCurrency(given: string, field: string): void {
    if (given === currency) return;
    throw new FlotillaError('invalid-input', `${field}: prices are in ${currency} here, not in ${given}.`, {
      details: { field, fix: `Give the price in ${currency}.` },
    });
  }

  return {
    async ingest(batch, receivedAt) {
      const rows = batch.rows.map((row) => ({
        row,
        startAt: Math.max(0, correctedTime({ batch, row, receivedAt }) - row.intervalMs),
      }));
      const { deviceId, epoch, sentAt } = batch;
      const { upTo } = await store.ingest({ deviceId, epoch, sentAt, rows });
      return { v: 1, epoch: batch.epoch, upTo };
    },

    async series({ from, to, deviceId, service, stepMs: asked }) {
      checkRange({ from, to });
      const rawSince = clock.now() - rawRetentionMs;
      const { stepMs, source } = chartStep({ from, to, asked, rawSince });
      const query = { from, to, deviceId, ...(service !== undefined && { service }) };
      const parts = source === 'raw' ? await rawParts(query) : await rollupParts(query);
      return chart({ from, to, stepMs, parts, energyOf: service === undefined ? 'device' : 'services' });
    },

    async totals({ from, to, deviceId, service }) {
      checkRange({ from, to });
      let sum = emptyServiceRollup();
      const query = {
        from,
        to,
        ...(deviceId !== undefined && { deviceId }),
        ...(service !== undefined && { service }),
      };
      for await (const { rollup } of serviceRollups(query)) sum = mergeServiceRollups(sum, rollup);
      return toTotals({ sum, energy: service === undefined ? await boxEnergy({ from, to, deviceId }) : sum });
    },

    async cost(request) {
      checkRange(request);
      const [tariffs, prices, devices] = [
        await store.listTariffs(),
        await store.listHardwarePrices(),
        await store.listDevices(),
      ];
      const segments: Segment[] = [];
      for (const range of priceSegments(request, tariffs)) {
        segments.push({
          ...range,
          devices: await store.sumUsage({ ...range, of: 'devices' }),
          services: await store.sumUsage({ ...range, of: 'services' }),
        });
      }
      return costReport({ request, currency, segments, tariffs, prices, devices });
    },

    async addTariff(request) {
      refuseOtherCurrency(request.perKwh.currency, 'perKwh.currency');
      const tariff = { id: newId(), ...request };
      await store.addTariff(tariff);
      return tariff;
    },
    listTariffs: () => store.listTariffs(),

    async addHardwarePrice(request) {
      refuseOtherCurrency(request.price.currency, 'price.currency');
      const price = { id: newId(), ...request };
      await store.addHardwarePrice(price);
      return price;
    },
    listHardwarePrices: () => store.listHardwarePrices(),

    async forgetRawRows() {
      const before = clock.now() - rawRetentionMs;
      let removed = 0;
      for (;;) {
        const slice = await store.removeRowsBefore(before, FORGET_SLICE);
        removed += slice;
        if (slice < FORGET_SLICE) return removed;
      }
    },
  };
}

function toTotals({ sum, energy }: { sum: ServiceRollup; energy: EnergySum }): UsageTotals {
  const { requests, errors, tokensIn, tokensOut, busyMs, ttftMs, tokensPerSecond } = sum;
  return {
    requests,
    errors,
    tokensIn,
    tokensOut,
    busyMs,
    ttftMs,
    tokensPerSecond,
    joulesMeasured: energy.measuredMj / 1_000,
    joulesModelled: energy.modelledMj / 1_000,
  };
}

function checkRange({ from, to }: TimeRange): void {
  if (to > from) return;
  throw new FlotillaError('invalid-input', '`to` must be after `from`.', { details: { field: 'to' } });
}
