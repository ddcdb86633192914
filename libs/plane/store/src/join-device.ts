import type { JoinOutcome, NewDevice } from '@flotilla/plane-registry';
import type { Transaction } from 'kysely';
import type { Database } from './database.ts';
import { toDeviceRow } from './device-rows.ts';
import type { Engine } from './engine.ts';
import { newDeviceColumns, writeLabels } from './registry-store.ts';

/**
 * One transaction under the token's row lock: two joins with one use left are served one after the other, and the
 * second finds the token used up, or the device already there when it is the same key.
 */
export function joinDevice(
  engine: Engine,
  { device, now }: { device: NewDevice; now: number },
): Promise<JoinOutcome> {
  return engine.db.transaction().execute(async (trx): Promise<JoinOutcome> => {
    const token = await trx
      .selectFrom('join_tokens')
      .selectAll()
      .where('id', '=', device.joinTokenId)
      .$if(engine.name === 'postgres', (q) => q.forUpdate())
      .executeTakeFirst();
    if (token === undefined || token.revoked_at !== null) return { kind: 'unknown' };
    const held = await findByKey(trx, device);
    if (held) return { kind: 'again', device: held };
    if (token.expires_at <= now) return { kind: 'expired' };
    if (token.uses >= token.max_uses) return { kind: 'used-up' };
    await trx
      .updateTable('join_tokens')
      .set({ uses: token.uses + 1 })
      .where('id', '=', token.id)
      .execute();
    await trx.insertInto('devices').values(newDeviceColumns(device)).execute();
    await writeLabels(trx, device.id, device.labels);
    await trx
      .insertInto('device_reports')
      .values({
        device_id: device.id,
        report: null,
        facts: device.facts === undefined ? null : JSON.stringify(device.facts),
        agent: device.agent === undefined ? null : JSON.stringify(device.agent),
      })
      .execute();
    return { kind: 'joined', device: { ...device, online: false, policy: {}, settled: 'idle' } };
  });
}

async function findByKey(trx: Transaction<Database>, { joinTokenId, keyFingerprint }: NewDevice) {
  const row = await trx
    .selectFrom('devices')
    .selectAll()
    .where('join_token_id', '=', joinTokenId)
    .where('key_fingerprint', '=', keyFingerprint)
    .executeTakeFirst();
  // The caller needs to know who it is, not what it said.
  return row && toDeviceRow(row, { report: null, facts: null, agent: null, desired: null });
}
