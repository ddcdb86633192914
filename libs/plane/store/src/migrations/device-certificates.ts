import { sql, type Kysely } from 'kysely';
import type { EngineName } from '../engine.ts';

/** Every certificate that a device may still show: after a renewal it has two. */
export async function deviceCertificates(db: Kysely<unknown>, engine: EngineName): Promise<void> {
  const text = engine === 'postgres' ? sql`text collate "C"` : sql`text`;
  await db.schema
    .createTable('device_certificates')
    .addColumn('device_id', text, (c) => c.notNull())
    .addColumn('serial', text, (c) => c.notNull())
    .addColumn('not_after', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('device_certificates_key', ['device_id', 'serial'])
    .execute();
  await sql`
    insert into device_certificates (device_id, serial, not_after)
    select id, certificate_serial, certificate_not_after from devices where certificate_serial is not null
  `.execute(db);
}
