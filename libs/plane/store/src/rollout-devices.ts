import { Reported } from '@flotilla/contracts';
import type { DeviceWord, RolloutStore } from '@flotilla/plane-rollout';
import type { Transaction } from 'kysely';
import type { Database } from './database.ts';
import { whereSelected } from './device-rows.ts';
import type { Engine } from './engine.ts';
import { orNull, orUndefined, readJson } from './json-column.ts';
import { newDeviceColumns, toRolloutDevice } from './rollout-rows.ts';

type DeviceMethods = Pick<
  RolloutStore,
  | 'listDevices'
  | 'listUnreached'
  | 'admit'
  | 'deviceIds'
  | 'dropRevoked'
  | 'watch'
  | 'saveObserved'
  | 'listUntold'
  | 'markTold'
>;

export function createRolloutDevices(engine: Engine): DeviceMethods {
  const { db } = engine;

  /**
   * Whoever writes several devices of a rollout locks its row first. Two that lock devices in another order would
   * otherwise wait for each other. Returns the version.
   */
  async function lockRollout(trx: Transaction<Database>, id: string): Promise<number | undefined> {
    const row = await trx
      .selectFrom('rollouts')
      .select('version')
      .where('id', '=', id)
      .$if(engine.name === 'postgres', (q) => q.forUpdate())
      .executeTakeFirst();
    return row?.version;
  }

  return {
    async listDevices({ rolloutId, after, limit }) {
      const rows = await db
        .selectFrom('rollout_devices')
        .innerJoin('devices', 'devices.id', 'rollout_devices.device_id')
        .selectAll('rollout_devices')
        .select('devices.name as device_name')
        .where('rollout_id', '=', rolloutId)
        .$if(after !== undefined, (q) =>
          q.where((eb) =>
            eb.or([
              eb('batch', '>', after?.batch ?? 0),
              eb.and([eb('batch', '=', after?.batch ?? 0), eb('position', '>', after?.position ?? '')]),
            ]),
          ),
        )
        .orderBy('batch')
        .orderBy('position')
        .limit(limit)
        .execute();
      return rows.map((row) => ({ ...toRolloutDevice(row), deviceName: row.device_name }));
    },

    admit: (rollout, devices) =>
      db.transaction().execute(async (trx) => {
        // It moved on meanwhile: whether the batch still takes devices must be looked at again.
        if ((await lockRollout(trx, rollout.id)) !== rollout.version) return 0;
        let admitted = 0;
        for (const device of devices) {
          const done = await trx
            .insertInto('rollout_devices')
            .values(newDeviceColumns(rollout, device))
            .onConflict((oc) => oc.doNothing())
            .executeTakeFirst();
          admitted += Number(done.numInsertedOrUpdatedRows ?? 0n);
        }
        if (admitted > 0) {
          await trx.updateTable('rollouts').set({ settled: 0 }).where('id', '=', rollout.id).execute();
        }
        return admitted;
      }),

    async listUnreached({ service, selector, limit }) {
      const rows = await db
        .selectFrom('devices')
        .select('devices.id')
        .where('devices.revoked_at', 'is', null)
        .where((eb) => whereSelected(eb, selector))
        .where((eb) =>
          eb.not(
            eb.exists(
              eb
                .selectFrom('rollout_devices')
                .select('rollout_devices.device_id')
                .whereRef('rollout_devices.device_id', '=', 'devices.id')
                .where('rollout_devices.service', '=', service)
                .where((row) => row.or([row('wanted', '<>', 'none'), row('active_service', 'is not', null)])),
            ),
          ),
        )
        .orderBy('devices.id')
        .limit(limit)
        .execute();
      return rows.map((row) => row.id);
    },

    async deviceIds(rolloutId) {
      const rows = await db
        .selectFrom('rollout_devices')
        .select('device_id')
        .where('rollout_id', '=', rolloutId)
        .execute();
      return new Set(rows.map((row) => row.device_id));
    },

    async dropRevoked(rolloutId) {
      const revoked = await db
        .selectFrom('rollout_devices')
        .innerJoin('devices', 'devices.id', 'rollout_devices.device_id')
        .select('devices.id')
        .where('rollout_devices.rollout_id', '=', rolloutId)
        .where('devices.revoked_at', 'is not', null)
        .execute();
      if (revoked.length === 0) return 0;
      return db.transaction().execute(async (trx) => {
        await lockRollout(trx, rolloutId);
        for (const { id } of revoked) {
          await trx
            .deleteFrom('rollout_devices')
            .where('rollout_id', '=', rolloutId)
            .where('device_id', '=', id)
            .execute();
        }
        return revoked.length;
      });
    },

    async watch({ rolloutId, service, release, quietSince, after, limit }) {
      const rows = await db
        .selectFrom('rollout_devices as rd')
        .innerJoin('devices as d', 'd.id', 'rd.device_id')
        .leftJoin('device_reports as r', 'r.device_id', 'rd.device_id')
        .selectAll('rd')
        .select(['d.reports', 'd.last_seen_at', 'r.report'])
        .where('rd.rollout_id', '=', rolloutId)
        .where('rd.state', '<>', 'waiting')
        .whereRef('rd.wanted', '=', 'rd.applied')
        .where((eb) =>
          eb.or([
            eb('d.reports', '>', eb.ref('rd.observed')),
            eb.and([eb('rd.state', '=', 'updating'), eb('rd.progress_at', '<', quietSince)]),
            eb.and([
              eb('rd.state', '=', 'succeeded'),
              eb('rd.progress_at', '<', quietSince),
              eb('d.last_seen_at', '<', quietSince),
            ]),
          ]),
        )
        .$if(after !== undefined, (q) => q.where('rd.device_id', '>', after ?? ''))
        .orderBy('rd.device_id')
        .limit(limit)
        .execute();
      return rows.map((row) => ({
        device: toRolloutDevice(row),
        word: row.report === null ? undefined : toWord({ ...row, report: row.report, service, release }),
        lastSeenAt: orUndefined(row.last_seen_at),
      }));
    },

    saveObserved: ({ rolloutId, looked, changes, now }) =>
      db.transaction().execute(async (trx) => {
        await lockRollout(trx, rolloutId);
        for (const { deviceId, report } of looked) {
          await trx
            .updateTable('rollout_devices')
            .set({ observed: report })
            .where('rollout_id', '=', rolloutId)
            .where('device_id', '=', deviceId)
            .execute();
        }
        for (const change of changes) {
          await trx
            .updateTable('rollout_devices')
            .set({
              state: change.state,
              progress_at: change.progressAt,
              updated_at: now,
              phase: orNull(change.phase),
              done_bytes: orNull(change.doneBytes),
              total_bytes: orNull(change.totalBytes),
              variant: orNull(change.variant),
              failure: orNull(change.failure),
              problem: change.problem === undefined ? null : JSON.stringify(change.problem),
            })
            .where('rollout_id', '=', rolloutId)
            .where('device_id', '=', change.deviceId)
            .execute();
        }
      }),

    async listUntold(rolloutId, limit) {
      const rows = await db
        .selectFrom('rollout_devices')
        .selectAll()
        .where('rollout_id', '=', rolloutId)
        .whereRef('wanted', '<>', 'applied')
        .orderBy('device_id')
        .limit(limit)
        .execute();
      return rows.map(toRolloutDevice);
    },

    async markTold({ rolloutId, deviceId, applied, generation, progressAt }) {
      await db
        .updateTable('rollout_devices')
        .set((eb) => ({
          applied,
          generation,
          progress_at: progressAt,
          active_service: eb
            .case()
            .when(
              eb.exists(
                eb
                  .selectFrom('rollouts')
                  .select('rollouts.id')
                  .where('rollouts.id', '=', rolloutId)
                  .where('rollouts.ended_at', 'is not', null),
              ),
            )
            .then(null)
            .else(eb.ref('active_service'))
            .end(),
        }))
        .where('rollout_id', '=', rolloutId)
        .where('device_id', '=', deviceId)
        .execute();
    },
  };
}

function toWord({
  device_id,
  report,
  reports,
  service,
  release,
}: {
  device_id: string;
  report: string;
  reports: number;
  service: string;
  release: string;
}): DeviceWord {
  const reported = readJson(Reported, report, `devices/${device_id}/report`);
  return {
    generation: reported.generation,
    report: reports,
    service: reported.services.find((said) => said.service === service),
    failedBefore: reported.failedReleases.find((failed) => failed.release === release)?.code,
  };
}
