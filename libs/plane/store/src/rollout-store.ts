import { RolloutDecision, type FailureClass } from '@flotilla/contracts';
import type { BatchCounts, RolloutStore } from '@flotilla/plane-rollout';
import type { Transaction } from 'kysely';
import { z } from 'zod';
import type { Database } from './database.ts';
import type { Engine } from './engine.ts';
import { readJson } from './json-column.ts';
import { createRolloutDevices } from './rollout-devices.ts';
import { newDeviceColumns, rolloutColumns, toRollout } from './rollout-rows.ts';
import { isUniqueViolation } from './unique-violation.ts';

/** PostgreSQL takes 65,535 parameters in a statement; a device row has twenty-one. */
const INSERT_SLICE = 500;

const Inputs = z.record(z.string(), z.unknown());

export function createRolloutStore(engine: Engine): RolloutStore {
  const { db } = engine;

  async function busyDevice(service: string, ids: readonly string[]) {
    for (let from = 0; from < ids.length; from += INSERT_SLICE) {
      const row = await db
        .selectFrom('rollout_devices')
        .select(['device_id', 'rollout_id'])
        .where('active_service', '=', service)
        .where('device_id', 'in', ids.slice(from, from + INSERT_SLICE))
        .limit(1)
        .executeTakeFirst();
      if (row) return { kind: 'overlap' as const, deviceId: row.device_id, rolloutId: row.rollout_id };
    }
    return undefined;
  }

  return {
    ...createRolloutDevices(engine),

    async create({ rollout, devices, decision }) {
      const ids = devices.map((device) => device.deviceId);
      const busy = await busyDevice(rollout.service, ids);
      if (busy) return busy;
      try {
        await db.transaction().execute(async (trx) => {
          await trx
            .insertInto('rollouts')
            .values({ ...rolloutColumns(rollout), settled: 0 })
            .execute();
          for (let from = 0; from < devices.length; from += INSERT_SLICE) {
            const slice = devices.slice(from, from + INSERT_SLICE);
            await trx
              .insertInto('rollout_devices')
              .values(slice.map((device) => newDeviceColumns(rollout, device)))
              .execute();
          }
          await appendDecision(trx, rollout.id, decision);
        });
        return { kind: 'created' };
      } catch (error) {
        // Another rollout took one of the devices between the look and the write.
        const late = isUniqueViolation(error) ? await busyDevice(rollout.service, ids) : undefined;
        if (late) return late;
        throw error;
      }
    },

    async find(id) {
      const row = await db.selectFrom('rollouts').selectAll().where('id', '=', id).executeTakeFirst();
      return row && toRollout(row);
    },

    async list({ state, before, limit }) {
      const rows = await db
        .selectFrom('rollouts')
        .selectAll()
        .$if(state !== undefined, (q) => q.where('state', '=', state ?? ''))
        .$if(before !== undefined, (q) => q.where('id', '<', before ?? ''))
        .orderBy('id', 'desc')
        .limit(limit)
        .execute();
      return rows.map(toRollout);
    },

    async countRunning() {
      const row = await db
        .selectFrom('rollouts')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .where('settled', '=', 0)
        .where('state', 'in', ['running', 'paused'])
        .executeTakeFirstOrThrow();
      return row.count;
    },

    async listUnsettled() {
      const rows = await db
        .selectFrom('rollouts')
        .selectAll()
        .where('settled', '=', 0)
        .orderBy('id')
        .execute();
      return rows.map(toRollout);
    },

    async listStanding() {
      const rows = await db
        .selectFrom('rollouts')
        .selectAll()
        .where('state', '=', 'completed')
        .where((eb) =>
          eb.not(
            eb.exists(
              eb
                .selectFrom('rollouts as newer')
                .select('newer.id')
                .where('newer.state', '=', 'completed')
                .whereRef('newer.service', '=', 'rollouts.service')
                .whereRef('newer.selector', '=', 'rollouts.selector')
                .whereRef('newer.id', '>', 'rollouts.id'),
            ),
          ),
        )
        .orderBy('id', 'desc')
        .execute();
      return rows.map(toRollout);
    },

    async settle(rolloutId) {
      await db
        .updateTable('rollouts')
        .set({ settled: 1 })
        .where('id', '=', rolloutId)
        .where('ended_at', 'is not', null)
        .where((eb) =>
          eb.not(
            eb.exists(
              eb
                .selectFrom('rollout_devices')
                .select('device_id')
                .where('rollout_id', '=', rolloutId)
                .where((row) =>
                  row.or([
                    row('wanted', '<>', row.ref('applied')),
                    row.and([row('wanted', '=', 'keep'), row('state', '=', 'updating')]),
                  ]),
                ),
            ),
          ),
        )
        .execute();
    },

    async counts(rolloutId) {
      const rows = await db
        .selectFrom('rollout_devices')
        .select((eb) => ['batch', 'state', 'failure', eb.fn.countAll<number>().as('count')])
        .where('rollout_id', '=', rolloutId)
        .groupBy(['batch', 'state', 'failure'])
        .orderBy('batch')
        .execute();
      const counts = new Map<number, BatchCounts>();
      for (const { batch, state, failure, count } of rows) {
        const own = counts.get(batch) ?? {
          index: batch,
          waiting: 0,
          updating: 0,
          succeeded: 0,
          failed: 0,
          failures: {},
        };
        own[state as 'waiting' | 'updating' | 'succeeded' | 'failed'] += count;
        if (failure !== null) own.failures[failure as FailureClass] = count;
        counts.set(batch, own);
      }
      return [...counts.values()];
    },

    async listDecisions({ rolloutId, before, limit }) {
      const rows = await db
        .selectFrom('rollout_decisions')
        .selectAll()
        .where('rollout_id', '=', rolloutId)
        .$if(before !== undefined, (q) => q.where('number', '<', before ?? 0))
        .orderBy('number', 'desc')
        .limit(limit)
        .execute();
      return rows.map(({ number, at, decision, why, inputs }) => ({
        number,
        at,
        decision,
        why,
        inputs: readJson(Inputs, inputs, `rollouts/${rolloutId}/decisions/${number}`),
      }));
    },

    saveDecision: ({ rollout, expectedVersion, orders, decision }) =>
      db.transaction().execute(async (trx) => {
        const { id, ...columns } = rolloutColumns(rollout);
        const done = await trx
          .updateTable('rollouts')
          .set(columns)
          .where('id', '=', id)
          .where('version', '=', expectedVersion)
          .executeTakeFirst();
        if (done.numUpdatedRows === 0n) return false;
        for (const { where, set } of orders) {
          await trx
            .updateTable('rollout_devices')
            .set({
              ...(set.wanted !== undefined && { wanted: set.wanted }),
              ...(set.state !== undefined && { state: set.state }),
              ...(set.progressAt !== undefined && {
                progress_at: set.progressAt,
                updated_at: set.progressAt,
              }),
              // `none` makes it told again, and the generation it has makes that a new one.
              ...(set.retry && { applied: 'none', failure: null, problem: null, phase: null, observed: 0 }),
            })
            .where('rollout_id', '=', id)
            .$if(where.batch !== undefined, (q) => q.where('batch', '=', where.batch ?? 0))
            .$if(where.states !== undefined, (q) => q.where('state', 'in', where.states ?? []))
            .$if(where.wanted !== undefined, (q) => q.where('wanted', 'in', where.wanted ?? []))
            .execute();
        }
        if (rollout.endedAt !== undefined) {
          // Those that need no further word are free for the next rollout; the others once they were told.
          await trx
            .updateTable('rollout_devices')
            .set({ active_service: null })
            .where('rollout_id', '=', id)
            .whereRef('wanted', '=', 'applied')
            .execute();
        }
        await appendDecision(trx, id, decision);
        return true;
      }),
  };
}

/** The rollout's row is locked by its own update before, so two writers cannot take one number. */
async function appendDecision(
  trx: Transaction<Database>,
  rolloutId: string,
  decision: RolloutDecision,
): Promise<void> {
  const { at, decision: kind, why, inputs } = RolloutDecision.parse(decision);
  const { last } = await trx
    .selectFrom('rollout_decisions')
    .select((eb) => eb.fn.coalesce(eb.fn.max('number'), eb.val(0)).as('last'))
    .where('rollout_id', '=', rolloutId)
    .executeTakeFirstOrThrow();
  await trx
    .insertInto('rollout_decisions')
    .values({
      rollout_id: rolloutId,
      number: last + 1,
      at,
      decision: kind,
      why,
      inputs: JSON.stringify(inputs),
    })
    .execute();
}
