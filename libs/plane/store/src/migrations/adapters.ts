import { sql, type Kysely } from 'kysely';
import type { EngineName } from '../engine.ts';

/** LoRA files that releases apply to the variants of a model. */
export async function adapters(db: Kysely<unknown>, engine: EngineName): Promise<void> {
  const text = engine === 'postgres' ? sql`text collate "C"` : sql`text`;
  await db.schema
    .createTable('adapters')
    .addColumn('name', text, (c) => c.notNull())
    .addColumn('digest', text, (c) => c.notNull())
    .addColumn('model_id', text, (c) => c.notNull())
    .addColumn('bytes', 'bigint', (c) => c.notNull())
    .addColumn('manifest_digest', text, (c) => c.notNull())
    .addColumn('facts', text, (c) => c.notNull())
    .addPrimaryKeyConstraint('adapters_key', ['name'])
    .execute();
  await db.schema.createIndex('adapters_by_digest').on('adapters').columns(['digest']).unique().execute();
  await db.schema.createIndex('adapters_by_model_id').on('adapters').columns(['model_id']).execute();
}
