import { sql, type Kysely } from 'kysely';
import type { EngineName } from '../engine.ts';

/** Which message brought a row first, and which sequences a watermark passed over. */
export async function telemetryGaps(db: Kysely<unknown>, engine: EngineName): Promise<void> {
  const text = engine === 'postgres' ? sql`text collate "C"` : sql`text`;
  await db.schema.alterTable('telemetry_rows').addColumn('sent_at', 'bigint').execute();
  await db.schema
    .createTable('telemetry_gaps')
    .addColumn('device_id', text, (c) => c.notNull())
    .addColumn('epoch', text, (c) => c.notNull())
    .addColumn('first', 'bigint', (c) => c.notNull())
    .addColumn('last', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('telemetry_gaps_key', ['device_id', 'epoch', 'first'])
    .execute();
}
