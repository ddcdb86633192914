import { FlotillaError } from '@flotilla/contracts';
import { Migrator } from 'kysely/migration';
import type { Engine } from './engine.ts';
import { MIGRATIONS } from './migrations/index.ts';

export interface MigrateOutcome {
  applied: string[];
  /** The copy made before; undefined when nothing had to change, or the database was empty or is a server's. */
  copy: string | undefined;
}

/**
 * Brings the database to this version, each migration whole or not at all. A file is copied first: what a migration
 * made of its rows cannot be asked back.
 * Throws `data-folder-newer` when a newer version wrote it; nothing is changed then.
 */
export async function migrate(
  { db, name, path, copyTo }: Engine,
  migrations: typeof MIGRATIONS = MIGRATIONS,
): Promise<MigrateOutcome> {
  // Kysely runs PostgreSQL's migrations in a transaction but not SQLite's, which can do it just as well.
  const whole = (on: typeof db, up: (typeof migrations)[string]): Promise<void> =>
    name === 'sqlite' ? on.transaction().execute((trx) => up(trx as never, name)) : up(on as never, name);
  const migrator = new Migrator({
    db,
    provider: {
      getMigrations: async () =>
        Object.fromEntries(
          Object.entries(migrations).map(([key, up]) => [key, { up: (on: typeof db) => whole(on, up) }]),
        ),
    },
  });
  const known = Object.keys(migrations);
  const done = await appliedBefore(db);
  const newer = done.filter((key) => !known.includes(key));
  if (newer.length > 0) {
    throw new FlotillaError(
      'data-folder-newer',
      `The database was changed by a newer version (${newer.join(', ')}).`,
      { details: { about: path ?? 'database', fix: 'Start the newer version, or restore an older copy.' } },
    );
  }
  const pending = known.filter((key) => !done.includes(key));
  let copy: string | undefined;
  if (pending.length > 0 && done.length > 0 && path !== undefined && copyTo !== undefined) {
    copy = `${path}.before-${pending[0]}`;
    await copyTo(copy);
  }
  const { error, results } = await migrator.migrateToLatest();
  if (error !== undefined) {
    throw new FlotillaError(
      'internal',
      `Migration ${results?.find((r) => r.status === 'Error')?.migrationName} failed.`,
      {
        details: {
          about: path ?? 'database',
          ...(copy !== undefined && { fix: `The copy before it is ${copy}.` }),
        },
        cause: error,
      },
    );
  }
  return { applied: pending, copy };
}

async function appliedBefore(db: Engine['db']): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === 'kysely_migration')) return [];
  const rows = await db
    .withTables<{ kysely_migration: { name: string } }>()
    .selectFrom('kysely_migration')
    .select('name')
    .execute();
  return rows.map((row) => row.name);
}
