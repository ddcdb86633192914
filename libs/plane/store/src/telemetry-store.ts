import { TelemetryRow } from '@flotilla/contracts';
import type { TelemetryStore, UsageSum } from '@flotilla/plane-telemetry';
import { sql } from 'kysely';
import type { Engine } from './engine.ts';
import { ingestBatch } from './ingest-batch.ts';
import { orNull, orUndefined, readJson } from './json-column.ts';
import { toDeviceRollup, toServiceRollup } from './rollup-rows.ts';

/** A sum of whole numbers as one: PostgreSQL would answer a numeric as text. */
function total<C extends string>(column: C) {
  return sql<number>`cast(coalesce(sum(${sql.ref(column)}), 0) as bigint)`.as(column);
}

export function createTelemetryStore(engine: Engine): TelemetryStore {
  const { db } = engine;
  return {
    ingest: (batch) => ingestBatch(engine, batch),

    async listRows({ from, to, deviceId }) {
      const rows = await db
        .selectFrom('telemetry_rows')
        .select(['start_at', 'sequence', 'document'])
        .where('device_id', '=', deviceId)
        .where('start_at', '>=', from)
        .where('start_at', '<', to)
        .orderBy('start_at')
        .orderBy('sequence')
        .execute();
      return rows.map((row) => ({
        startAt: row.start_at,
        row: readJson(TelemetryRow, row.document, `telemetry/${deviceId}/${row.sequence}`),
      }));
    },

    async listDeviceRollups({ from, to, deviceId }) {
      const rows = await db
        .selectFrom('telemetry_devices')
        .selectAll()
        .where('device_id', '=', deviceId)
        .where('bucket', '>=', from)
        .where('bucket', '<', to)
        .orderBy('bucket')
        .execute();
      return rows.map((row) => ({ at: row.bucket, rollup: toDeviceRollup(row) }));
    },

    async listServiceRollups({ from, to, deviceId, service, after, limit }) {
      const key = ['bucket', 'device_id', 'service', 'release', 'variant', 'site'] as const;
      const cursor = after === undefined ? undefined : (JSON.parse(after) as [number, ...string[]]);
      const rows = await db
        .selectFrom('telemetry_services')
        .selectAll()
        .where('bucket', '>=', from)
        .where('bucket', '<', to)
        .$if(deviceId !== undefined, (q) => q.where('device_id', '=', deviceId ?? ''))
        .$if(service !== undefined, (q) => q.where('service', '=', service ?? ''))
        .$if(cursor !== undefined, (q) =>
          q.where(
            sql<boolean>`(${sql.join(key.map((name) => sql.ref(name)))}) > (${sql.join(cursor ?? [])})`,
          ),
        )
        .orderBy('bucket')
        .orderBy('device_id')
        .orderBy('service')
        .orderBy('release')
        .orderBy('variant')
        .orderBy('site')
        .limit(limit)
        .execute();
      const last = rows.length === limit ? rows.at(-1) : undefined;
      return {
        items: rows.map((row) => ({
          at: row.bucket,
          key: {
            service: row.service,
            release: row.release,
            variant: row.variant,
            variantName: row.variant_name,
          },
          rollup: toServiceRollup(row),
        })),
        ...(last && { next: JSON.stringify(key.map((name) => last[name])) }),
      };
    },

    async sumUsage({ from, to, of }) {
      if (of === 'devices') {
        const rows = await db
          .selectFrom('telemetry_devices')
          .select(['device_id', 'site', total('measured_mj'), total('modelled_mj')])
          .where('bucket', '>=', from)
          .where('bucket', '<', to)
          .groupBy(['device_id', 'site'])
          .orderBy('device_id')
          .orderBy('site')
          .execute();
        return rows.map((row): UsageSum => ({
          deviceId: row.device_id,
          site: row.site === '' ? undefined : row.site,
          service: undefined,
          variant: undefined,
          variantName: undefined,
          model: undefined,
          modelTitle: undefined,
          requests: 0,
          tokensIn: 0,
          tokensOut: 0,
          busyMs: 0,
          measuredMj: row.measured_mj,
          modelledMj: row.modelled_mj,
        }));
      }
      const rows = await db
        .selectFrom('telemetry_services')
        .leftJoin('variants', 'variants.digest', 'telemetry_services.variant')
        .leftJoin('models', 'models.id', 'variants.model_id')
        .select([
          'device_id',
          'site',
          'service',
          'variant',
          'variant_name',
          'models.id as model',
          'models.title as model_title',
          total('requests'),
          total('tokens_in'),
          total('tokens_out'),
          total('busy_ms'),
          total('measured_mj'),
          total('modelled_mj'),
        ])
        .where('bucket', '>=', from)
        .where('bucket', '<', to)
        .groupBy(['device_id', 'site', 'service', 'variant', 'variant_name', 'models.id', 'models.title'])
        .orderBy('device_id')
        .orderBy('service')
        .orderBy('variant')
        .orderBy('site')
        .execute();
      return rows.map((row): UsageSum => ({
        deviceId: row.device_id,
        site: row.site === '' ? undefined : row.site,
        service: row.service,
        variant: row.variant,
        variantName: row.variant_name,
        model: orUndefined(row.model),
        modelTitle: orUndefined(row.model_title),
        requests: row.requests,
        tokensIn: row.tokens_in,
        tokensOut: row.tokens_out,
        busyMs: row.busy_ms,
        measuredMj: row.measured_mj,
        modelledMj: row.modelled_mj,
      }));
    },

    async listDevices() {
      const rows = await db
        .selectFrom('devices')
        .select(['id', 'name', 'joined_at', 'revoked_at'])
        .orderBy('id')
        .execute();
      return rows.map(({ id, name, joined_at, revoked_at }) => ({
        id,
        name,
        joinedAt: joined_at,
        revokedAt: orUndefined(revoked_at),
      }));
    },

    async addTariff({ id, validFrom, perKwh, site }) {
      await db
        .insertInto('tariffs')
        .values({
          id,
          valid_from: validFrom,
          micro: perKwh.micro,
          currency: perKwh.currency,
          site: orNull(site),
        })
        .execute();
    },

    async listTariffs() {
      const rows = await db.selectFrom('tariffs').selectAll().orderBy('valid_from').orderBy('id').execute();
      return rows.map(({ id, valid_from, micro, currency, site }) => ({
        id,
        validFrom: valid_from,
        perKwh: { micro, currency },
        ...(site !== null && { site }),
      }));
    },

    async addHardwarePrice({ id, validFrom, deviceId, price, lifeMonths }) {
      await db
        .insertInto('hardware_prices')
        .values({
          id,
          valid_from: validFrom,
          device_id: orNull(deviceId),
          micro: price.micro,
          currency: price.currency,
          life_months: lifeMonths,
        })
        .execute();
    },

    async listHardwarePrices() {
      const rows = await db
        .selectFrom('hardware_prices')
        .selectAll()
        .orderBy('valid_from')
        .orderBy('id')
        .execute();
      return rows.map(({ id, valid_from, device_id, micro, currency, life_months }) => ({
        id,
        validFrom: valid_from,
        ...(device_id !== null && { deviceId: device_id }),
        price: { micro, currency },
        lifeMonths: life_months,
      }));
    },

    removeRowsBefore: (at, limit) =>
      db.transaction().execute(async (trx) => {
        const rows = await trx
          .selectFrom('telemetry_rows')
          .select(['device_id', 'epoch', 'sequence'])
          .where('start_at', '<', at)
          .orderBy('start_at')
          .limit(limit)
          .execute();
        for (const { device_id, epoch, sequence } of rows) {
          await trx
            .deleteFrom('telemetry_rows')
            .where('device_id', '=', device_id)
            .where('epoch', '=', epoch)
            .where('sequence', '=', sequence)
            .execute();
        }
        return rows.length;
      }),
  };
}
