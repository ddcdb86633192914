import { sql, type CreateTableBuilder, type Kysely } from 'kysely';
import type { EngineName } from '../engine.ts';

type Column = [name: string, type: 'text' | 'bigint' | 'double precision', nullable?: 'null'];

/** The tables of the first version. Never edited once released: a change is a new migration. */
export async function firstTables(db: Kysely<unknown>, engine: EngineName): Promise<void> {
  // Ids and hashes are ordered by their bytes, as SQLite does, whatever the server's locale is.
  const text = engine === 'postgres' ? sql`text collate "C"` : sql`text`;
  const table = (name: string, columns: Column[], key: string[]): CreateTableBuilder<string, string> => {
    let builder: CreateTableBuilder<string, string> = db.schema.createTable(name);
    for (const [column, type, nullable] of columns) {
      builder = builder.addColumn(column, type === 'text' ? text : type, (c) =>
        nullable === 'null' ? c : c.notNull(),
      );
    }
    return builder.addPrimaryKeyConstraint(`${name}_key`, key);
  };
  const index = (on: string, columns: string[], unique = false) => {
    const builder = db.schema
      .createIndex(`${on}_by_${columns.join('_')}`)
      .on(on)
      .columns(columns);
    return (unique ? builder.unique() : builder).execute();
  };

  await table(
    'join_tokens',
    [
      ['id', 'text'],
      ['secret_hash', 'text'],
      ['created_at', 'bigint'],
      ['created_by', 'text'],
      ['expires_at', 'bigint'],
      ['uses', 'bigint'],
      ['max_uses', 'bigint'],
      ['labels', 'text'],
      ['revoked_at', 'bigint', 'null'],
    ],
    ['id'],
  ).execute();
  await index('join_tokens', ['secret_hash'], true);

  await table(
    'devices',
    [
      ['id', 'text'],
      ['name', 'text'],
      ['labels', 'text'],
      ['joined_at', 'bigint'],
      ['join_token_id', 'text'],
      ['key_fingerprint', 'text'],
      ['revoked_at', 'bigint', 'null'],
      ['online', 'bigint'],
      ['session', 'text', 'null'],
      ['last_seen_at', 'bigint', 'null'],
      ['silent_at', 'bigint'],
      ['clock_offset_ms', 'bigint', 'null'],
      ['policy', 'text'],
      ['settled', 'text'],
      ['hw_os', 'text', 'null'],
      ['hw_arch', 'text', 'null'],
      ['hw_gpu', 'text'],
      ['reports', 'bigint'],
      ['reported_at', 'bigint', 'null'],
      ['certificate_serial', 'text', 'null'],
      ['certificate_not_after', 'bigint', 'null'],
    ],
    ['id'],
  ).execute();
  await index('devices', ['join_token_id', 'key_fingerprint'], true);

  await table(
    'device_labels',
    [
      ['device_id', 'text'],
      ['key', 'text'],
      ['value', 'text'],
    ],
    ['device_id', 'key'],
  ).execute();
  await index('device_labels', ['key', 'value', 'device_id']);
  await table(
    'device_reports',
    [
      ['device_id', 'text'],
      ['report', 'text', 'null'],
      ['facts', 'text', 'null'],
      ['agent', 'text', 'null'],
    ],
    ['device_id'],
  ).execute();
  await table(
    'device_desired',
    [
      ['device_id', 'text'],
      ['generation', 'bigint'],
      ['document', 'text'],
    ],
    ['device_id'],
  ).execute();

  await table(
    'events',
    [
      ['id', 'bigint'],
      ['at', 'bigint'],
      ['kind', 'text'],
      ['device_id', 'text', 'null'],
      ['rollout_id', 'text', 'null'],
      ['text', 'text'],
    ],
    ['id'],
  ).execute();
  await index('events', ['device_id', 'id']);
  await table(
    'event_counter',
    [
      ['id', 'bigint'],
      ['last', 'bigint'],
    ],
    ['id'],
  ).execute();
  await sql`insert into event_counter (id, last) values (1, 0)`.execute(db);

  await table(
    'access_tokens',
    [
      ['id', 'text'],
      ['name', 'text'],
      ['role', 'text'],
      ['token_hash', 'text'],
      ['created_at', 'bigint'],
      ['expires_at', 'bigint', 'null'],
    ],
    ['id'],
  ).execute();
  await index('access_tokens', ['name'], true);
  await index('access_tokens', ['token_hash'], true);
  await table(
    'access_grants',
    [
      ['secret_hash', 'text'],
      ['kind', 'text'],
      ['token_id', 'text'],
      ['expires_at', 'bigint'],
    ],
    ['secret_hash'],
  ).execute();
  await index('access_grants', ['token_id']);
  await index('access_grants', ['expires_at']);

  await table(
    'models',
    [
      ['id', 'text'],
      ['title', 'text'],
      ['description', 'text'],
      ['licence', 'text'],
      ['origin', 'text'],
      ['created_at', 'bigint'],
    ],
    ['id'],
  ).execute();
  await table(
    'variants',
    [
      ['name', 'text'],
      ['digest', 'text'],
      ['model_id', 'text'],
      ['quantization', 'text'],
      ['bytes', 'bigint'],
      ['manifest_digest', 'text'],
      ['facts', 'text'],
    ],
    ['name'],
  ).execute();
  await index('variants', ['digest'], true);
  await index('variants', ['model_id']);

  await table(
    'releases',
    [
      ['digest', 'text'],
      ['service', 'text'],
      ['revision', 'bigint'],
      ['created_at', 'bigint'],
      ['created_by', 'text'],
      ['release', 'text'],
      ['signed', 'text'],
    ],
    ['digest'],
  ).execute();
  await index('releases', ['service', 'revision'], true);
  await index('releases', ['created_at', 'digest']);

  await table(
    'rollouts',
    [
      ['id', 'text'],
      ['service', 'text'],
      ['release', 'text'],
      ['revision', 'bigint'],
      ['selector', 'text'],
      ['state', 'text'],
      ['gate', 'text'],
      ['batches', 'text'],
      ['created_at', 'bigint'],
      ['created_by', 'text'],
      ['started_at', 'bigint', 'null'],
      ['ended_at', 'bigint', 'null'],
      ['why', 'text', 'null'],
      ['version', 'bigint'],
      ['settled', 'bigint'],
    ],
    ['id'],
  ).execute();
  await index('rollouts', ['settled', 'id']);
  await index('rollouts', ['state', 'service', 'selector', 'id']);
  await table(
    'rollout_devices',
    [
      ['rollout_id', 'text'],
      ['device_id', 'text'],
      ['service', 'text'],
      ['active_service', 'text', 'null'],
      ['batch', 'bigint'],
      ['position', 'text'],
      ['state', 'text'],
      ['wanted', 'text'],
      ['applied', 'text'],
      ['generation', 'bigint'],
      ['previous_release', 'text', 'null'],
      ['previous_revision', 'bigint', 'null'],
      ['phase', 'text', 'null'],
      ['done_bytes', 'bigint', 'null'],
      ['total_bytes', 'bigint', 'null'],
      ['variant', 'text', 'null'],
      ['failure', 'text', 'null'],
      ['problem', 'text', 'null'],
      ['progress_at', 'bigint'],
      ['updated_at', 'bigint', 'null'],
      ['observed', 'bigint'],
    ],
    ['rollout_id', 'device_id'],
  ).execute();
  await index('rollout_devices', ['device_id', 'active_service'], true);
  await index('rollout_devices', ['rollout_id', 'batch', 'position']);
  await index('rollout_devices', ['device_id', 'service']);
  await table(
    'rollout_decisions',
    [
      ['rollout_id', 'text'],
      ['number', 'bigint'],
      ['at', 'bigint'],
      ['decision', 'text'],
      ['why', 'text'],
      ['inputs', 'text'],
    ],
    ['rollout_id', 'number'],
  ).execute();

  await table(
    'telemetry_senders',
    [
      ['device_id', 'text'],
      ['batches', 'bigint'],
    ],
    ['device_id'],
  ).execute();
  await table(
    'telemetry_epochs',
    [
      ['device_id', 'text'],
      ['epoch', 'text'],
      ['up_to', 'bigint'],
    ],
    ['device_id', 'epoch'],
  ).execute();
  await table(
    'telemetry_rows',
    [
      ['device_id', 'text'],
      ['epoch', 'text'],
      ['sequence', 'bigint'],
      ['start_at', 'bigint'],
      ['dropped', 'bigint'],
      ['document', 'text'],
    ],
    ['device_id', 'epoch', 'sequence'],
  ).execute();
  await index('telemetry_rows', ['device_id', 'start_at']);
  await index('telemetry_rows', ['start_at']);
  await table(
    'telemetry_devices',
    [
      ['device_id', 'text'],
      ['site', 'text'],
      ['bucket', 'bigint'],
      ['row_count', 'bigint'],
      ['interval_ms', 'bigint'],
      ['cpu_busy_ms', 'bigint'],
      ['cpu_known_ms', 'bigint'],
      ['memory_used_bytes', 'bigint', 'null'],
      ['memory_total_bytes', 'bigint', 'null'],
      ['temperature_c', 'double precision', 'null'],
      ['dropped', 'bigint'],
      ['measured_mj', 'bigint'],
      ['modelled_mj', 'bigint'],
    ],
    ['device_id', 'bucket', 'site'],
  ).execute();
  await index('telemetry_devices', ['bucket']);
  await table(
    'telemetry_services',
    [
      ['device_id', 'text'],
      ['site', 'text'],
      ['bucket', 'bigint'],
      ['service', 'text'],
      ['release', 'text'],
      ['variant', 'text'],
      ['variant_name', 'text'],
      ['requests', 'bigint'],
      ['errors', 'bigint'],
      ['tokens_in', 'bigint'],
      ['tokens_out', 'bigint'],
      ['tokens_cached', 'bigint'],
      ['busy_ms', 'bigint'],
      ['measured_mj', 'bigint'],
      ['modelled_mj', 'bigint'],
      ['ttft_ms', 'text'],
      ['tokens_per_second', 'text'],
    ],
    ['device_id', 'bucket', 'service', 'release', 'variant', 'site'],
  ).execute();
  await index('telemetry_services', ['bucket']);
  await table(
    'tariffs',
    [
      ['id', 'text'],
      ['valid_from', 'bigint'],
      ['micro', 'bigint'],
      ['currency', 'text'],
      ['site', 'text', 'null'],
    ],
    ['id'],
  ).execute();
  await table(
    'hardware_prices',
    [
      ['id', 'text'],
      ['valid_from', 'bigint'],
      ['device_id', 'text', 'null'],
      ['micro', 'bigint'],
      ['currency', 'text'],
      ['life_months', 'bigint'],
    ],
    ['id'],
  ).execute();
}
