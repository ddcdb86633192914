import { Desired, DEVICE_STATES, DevicePolicy, Labels, type DeviceState } from '@flotilla/contracts';
import type {
  DevicePatch,
  DeviceRow,
  JoinTokenRow,
  NewDevice,
  RegistryStore,
} from '@flotilla/plane-registry';
import type { Insertable, Selectable, Transaction, Updateable } from 'kysely';
import { joinDevice } from './join-device.ts';
import type { Database, Devices } from './database.ts';
import { hardwareColumns, toDeviceRow, whereSelected } from './device-rows.ts';
import type { Engine } from './engine.ts';
import { orNull, orUndefined, readJson } from './json-column.ts';

export function createRegistryStore(engine: Engine): RegistryStore {
  const { db } = engine;

  /** Each statement of a page reads the documents with the rows: lists are short and documents bounded. */
  const selectDevices = () =>
    db
      .selectFrom('devices')
      .leftJoin('device_reports', 'device_reports.device_id', 'devices.id')
      .leftJoin('device_desired', 'device_desired.device_id', 'devices.id')
      .selectAll('devices')
      .select([
        'device_reports.report',
        'device_reports.facts',
        'device_reports.agent',
        'device_desired.document as desired',
      ]);

  return {
    async addJoinToken(row) {
      await db
        .insertInto('join_tokens')
        .values({
          id: row.id,
          secret_hash: row.secretHash,
          created_at: row.createdAt,
          created_by: row.createdBy,
          expires_at: row.expiresAt,
          uses: row.uses,
          max_uses: row.maxUses,
          labels: JSON.stringify(row.labels),
          revoked_at: orNull(row.revokedAt),
        })
        .execute();
    },

    async findJoinToken(secretHash) {
      const row = await db
        .selectFrom('join_tokens')
        .selectAll()
        .where('secret_hash', '=', secretHash)
        .executeTakeFirst();
      return row && toTokenRow(row);
    },

    async listJoinTokens({ before, limit }) {
      const rows = await db
        .selectFrom('join_tokens')
        .selectAll()
        .where('revoked_at', 'is', null)
        .$if(before !== undefined, (q) => q.where('id', '<', before ?? ''))
        .orderBy('id', 'desc')
        .limit(limit)
        .execute();
      return rows.map(toTokenRow);
    },

    async revokeJoinToken(id, at) {
      const done = await db
        .updateTable('join_tokens')
        .set({ revoked_at: at })
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .executeTakeFirst();
      return done.numUpdatedRows > 0n;
    },

    join: (request) => joinDevice(engine, request),

    async findDevice(id) {
      const row = await selectDevices().where('devices.id', '=', id).executeTakeFirst();
      return row && toDeviceRow(row, row);
    },

    async listDevices({ selector, state, now, after, limit }) {
      const rows = await selectDevices()
        .where('devices.revoked_at', 'is', null)
        .$if(after !== undefined, (q) => q.where('devices.id', '>', after ?? ''))
        .$if(selector !== undefined, (q) =>
          q.where((eb) => whereSelected(eb as never, selector ?? { all: [] })),
        )
        .$if(state === 'offline', (q) =>
          q.where((eb) => eb.or([eb('devices.online', '=', 0), eb('devices.silent_at', '<=', now)])),
        )
        .$if(state !== undefined && state !== 'offline', (q) =>
          q
            .where('devices.online', '=', 1)
            .where('devices.silent_at', '>', now)
            .where('devices.settled', '=', state ?? ''),
        )
        .orderBy('devices.id')
        .limit(limit)
        .execute();
      return rows.map((row) => toDeviceRow(row, row));
    },

    async listDeviceIds({ selector, after, limit }) {
      const rows = await db
        .selectFrom('devices')
        .select('id')
        .where('revoked_at', 'is', null)
        .$if(after !== undefined, (q) => q.where('id', '>', after ?? ''))
        .$if(selector !== undefined, (q) => q.where((eb) => whereSelected(eb, selector ?? { all: [] })))
        .orderBy('id')
        .limit(limit)
        .execute();
      return rows.map((row) => row.id);
    },

    async countByState(now) {
      const rows = await db
        .selectFrom('devices')
        .select((eb) => [
          eb
            .case()
            .when(eb.and([eb('online', '=', 1), eb('silent_at', '>', now)]))
            .then(eb.ref('settled'))
            .else('offline')
            .end()
            .as('state'),
          eb.fn.countAll<number>().as('count'),
        ])
        .where('revoked_at', 'is', null)
        .groupBy('state')
        .execute();
      const counts = Object.fromEntries(DEVICE_STATES.map((state) => [state, 0])) as Record<
        DeviceState,
        number
      >;
      for (const { state, count } of rows) counts[state as DeviceState] = count;
      return counts;
    },

    async presence(id) {
      const row = await db.selectFrom('devices').select('policy').where('id', '=', id).executeTakeFirst();
      return row && { policy: readJson(DevicePolicy, row.policy, `devices/${id}/policy`) };
    },

    async revocation(id) {
      const row = await db.selectFrom('devices').select('revoked_at').where('id', '=', id).executeTakeFirst();
      return row && { revokedAt: orUndefined(row.revoked_at) };
    },

    changeDevice: (id, change) =>
      db.transaction().execute(async (trx) => {
        const before = await readLocked(engine, trx, id);
        if (before === undefined) return undefined;
        const patch = change(before);
        if (patch !== undefined) await writePatch(trx, id, patch);
        return { before, after: { ...before, ...patch } };
      }),

    async touch(id, { lastSeenAt, silentAt }) {
      await db
        .updateTable('devices')
        .set({ last_seen_at: lastSeenAt, silent_at: silentAt })
        .where('id', '=', id)
        .where((eb) => eb.or([eb('last_seen_at', 'is', null), eb('last_seen_at', '<', lastSeenAt)]))
        .execute();
    },

    async markAllOffline() {
      await db.updateTable('devices').set({ online: 0 }).where('online', '=', 1).execute();
    },

    async listRevoked({ after, limit }) {
      const rows = await db
        .selectFrom('device_desired')
        .innerJoin('devices', 'devices.id', 'device_desired.device_id')
        .select('device_desired.device_id')
        .where('devices.revoked_at', 'is not', null)
        .$if(after !== undefined, (q) => q.where('device_desired.device_id', '>', after ?? ''))
        .orderBy('device_desired.device_id')
        .limit(limit)
        .execute();
      return rows.map((row) => row.device_id);
    },

    async listRevokedCertificates(now) {
      const rows = await db
        .selectFrom('device_certificates')
        .innerJoin('devices', 'devices.id', 'device_certificates.device_id')
        .select(['device_certificates.serial', 'devices.revoked_at'])
        .where('devices.revoked_at', 'is not', null)
        .where('device_certificates.not_after', '>', now)
        .orderBy('devices.revoked_at')
        .orderBy('device_certificates.serial')
        .execute();
      return rows.map(({ serial, revoked_at }) => ({ serial, revokedAt: revoked_at ?? now }));
    },

    async listDesired({ after, limit }) {
      const rows = await db
        .selectFrom('device_desired')
        .innerJoin('devices', 'devices.id', 'device_desired.device_id')
        .select(['device_desired.device_id', 'device_desired.document'])
        .where('devices.revoked_at', 'is', null)
        .$if(after !== undefined, (q) => q.where('device_desired.device_id', '>', after ?? ''))
        .orderBy('device_desired.device_id')
        .limit(limit)
        .execute();
      return rows.map((row) => readJson(Desired, row.document, `devices/${row.device_id}/desired`));
    },
  };
}

/** The row is locked first and alone: PostgreSQL locks nothing through an outer join. */
async function readLocked(
  engine: Engine,
  trx: Transaction<Database>,
  id: string,
): Promise<DeviceRow | undefined> {
  const row = await trx
    .selectFrom('devices')
    .selectAll()
    .where('id', '=', id)
    .$if(engine.name === 'postgres', (q) => q.forUpdate())
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const report = await trx
    .selectFrom('device_reports')
    .selectAll()
    .where('device_id', '=', id)
    .executeTakeFirst();
  const desired = await trx
    .selectFrom('device_desired')
    .select('document')
    .where('device_id', '=', id)
    .executeTakeFirst();
  return toDeviceRow(row, {
    report: report?.report ?? null,
    facts: report?.facts ?? null,
    agent: report?.agent ?? null,
    desired: desired?.document ?? null,
  });
}

async function writePatch(trx: Transaction<Database>, id: string, patch: DevicePatch): Promise<void> {
  const set: Updateable<Devices> = {
    ...(patch.name !== undefined && { name: patch.name }),
    ...(patch.labels !== undefined && { labels: JSON.stringify(patch.labels) }),
    ...('revokedAt' in patch && { revoked_at: orNull(patch.revokedAt) }),
    ...(patch.online !== undefined && { online: patch.online ? 1 : 0 }),
    ...('session' in patch && { session: orNull(patch.session) }),
    ...('lastSeenAt' in patch && { last_seen_at: orNull(patch.lastSeenAt) }),
    ...(patch.silentAt !== undefined && { silent_at: patch.silentAt }),
    ...('clockOffsetMs' in patch && { clock_offset_ms: orNull(patch.clockOffsetMs) }),
    ...(patch.policy !== undefined && { policy: JSON.stringify(patch.policy) }),
    ...(patch.settled !== undefined && { settled: patch.settled }),
    ...(patch.reported !== undefined && hardwareColumns(patch.reported.facts)),
    ...('reportedAt' in patch && { reported_at: orNull(patch.reportedAt) }),
    ...(patch.certificate !== undefined && {
      certificate_serial: patch.certificate.serial,
      certificate_not_after: patch.certificate.notAfter,
    }),
  };
  if (Object.keys(set).length > 0) {
    await trx
      .updateTable('devices')
      .set(set)
      .$if(patch.reported !== undefined, (q) => q.set((eb) => ({ reports: eb('reports', '+', 1) })))
      .where('id', '=', id)
      .execute();
  }
  if (patch.labels !== undefined) await writeLabels(trx, id, patch.labels);
  if (patch.certificate !== undefined) await addCertificate(trx, id, patch.certificate);
  if (patch.reported !== undefined) {
    // The report carries facts and agent itself; those of the join have done their duty.
    const report = { report: JSON.stringify(patch.reported), facts: null, agent: null };
    await trx
      .insertInto('device_reports')
      .values({ device_id: id, ...report })
      .onConflict((oc) => oc.column('device_id').doUpdateSet(report))
      .execute();
  }
  if (patch.desired !== undefined) {
    const desired = { generation: patch.desired.generation, document: JSON.stringify(patch.desired) };
    await trx
      .insertInto('device_desired')
      .values({ device_id: id, ...desired })
      .onConflict((oc) => oc.column('device_id').doUpdateSet(desired))
      .execute();
  }
}

/** Beside the ones before, which the device may still show until they end. */
async function addCertificate(
  trx: Transaction<Database>,
  id: string,
  { serial, notAfter }: { serial: string; notAfter: number },
): Promise<void> {
  await trx
    .insertInto('device_certificates')
    .values({ device_id: id, serial, not_after: notAfter })
    .onConflict((oc) => oc.columns(['device_id', 'serial']).doNothing())
    .execute();
}

export async function writeLabels(
  trx: Transaction<Database>,
  id: string,
  labels: DeviceRow['labels'],
): Promise<void> {
  await trx.deleteFrom('device_labels').where('device_id', '=', id).execute();
  const rows = Object.entries(labels).map(([key, value]) => ({ device_id: id, key, value }));
  if (rows.length > 0) await trx.insertInto('device_labels').values(rows).execute();
}

export function newDeviceColumns(device: NewDevice): Insertable<Devices> {
  return {
    id: device.id,
    name: device.name,
    labels: JSON.stringify(device.labels),
    joined_at: device.joinedAt,
    join_token_id: device.joinTokenId,
    key_fingerprint: device.keyFingerprint,
    revoked_at: null,
    online: 0,
    session: null,
    last_seen_at: orNull(device.lastSeenAt),
    silent_at: device.silentAt,
    clock_offset_ms: null,
    policy: '{}',
    settled: 'idle',
    ...hardwareColumns(device.facts),
    reports: 0,
    reported_at: null,
    certificate_serial: null,
    certificate_not_after: null,
  };
}

export function toTokenRow(row: Selectable<Database['join_tokens']>): JoinTokenRow {
  return {
    id: row.id,
    secretHash: row.secret_hash,
    createdAt: row.created_at,
    createdBy: row.created_by,
    expiresAt: row.expires_at,
    uses: row.uses,
    maxUses: row.max_uses,
    labels: readJson(Labels, row.labels, `join_tokens/${row.id}/labels`),
    revokedAt: orUndefined(row.revoked_at),
  };
}
