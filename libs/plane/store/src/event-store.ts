import type { FleetEvent } from '@flotilla/contracts';
import type { EventStore } from '@flotilla/plane-registry';
import type { Selectable } from 'kysely';
import type { Database } from './database.ts';
import type { Engine } from './engine.ts';
import { orNull } from './json-column.ts';

export function createEventStore({ db }: Engine): EventStore {
  return {
    append: (event) =>
      db.transaction().execute(async (trx) => {
        // The counter's row lock is held until the commit, so ids rise in commit order and leave no gap.
        const { last: id } = await trx
          .updateTable('event_counter')
          .set((eb) => ({ last: eb('last', '+', 1) }))
          .where('id', '=', 1)
          .returning('last')
          .executeTakeFirstOrThrow();
        await trx
          .insertInto('events')
          .values({
            id,
            at: event.at,
            kind: event.kind,
            device_id: orNull(event.deviceId),
            rollout_id: orNull(event.rolloutId),
            text: event.text,
          })
          .execute();
        return { id, ...event };
      }),

    async list({ after, before, deviceId, kinds, limit }) {
      if (kinds?.length === 0) return [];
      const isBackwards = before !== undefined && after === undefined;
      const rows = await db
        .selectFrom('events')
        .selectAll()
        .$if(after !== undefined, (q) => q.where('id', '>', after ?? 0))
        .$if(before !== undefined, (q) => q.where('id', '<', before ?? 0))
        .$if(deviceId !== undefined, (q) => q.where('device_id', '=', deviceId ?? ''))
        .$if(kinds !== undefined, (q) => q.where('kind', 'in', kinds ?? []))
        .orderBy('id', isBackwards ? 'desc' : 'asc')
        .limit(limit)
        .execute();
      return rows.map(toEvent);
    },

    async oldestId() {
      const row = await db.selectFrom('events').select('id').orderBy('id').limit(1).executeTakeFirst();
      return row?.id;
    },

    async newestId() {
      const row = await db.selectFrom('event_counter').select('last').where('id', '=', 1).executeTakeFirst();
      return row?.last ?? 0;
    },

    async removeUpTo(id) {
      await db.deleteFrom('events').where('id', '<=', id).execute();
    },
  };
}

function toEvent(row: Selectable<Database['events']>): FleetEvent {
  return {
    id: row.id,
    at: row.at,
    kind: row.kind as FleetEvent['kind'],
    text: row.text,
    ...(row.device_id !== null && { deviceId: row.device_id }),
    ...(row.rollout_id !== null && { rolloutId: row.rollout_id }),
  };
}
