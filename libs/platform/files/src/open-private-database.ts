import { chmodSync, closeSync, existsSync, openSync, renameSync, rmSync } from 'node:fs';

import { FlotillaError } from '@flotilla/contracts';
import Database from 'better-sqlite3';

import { fileError } from './file-error.ts';

/** In the place of a path: a database that lives as long as its process. */
export const IN_MEMORY = ':memory:';

export interface PrivateDatabaseOptions {
  /** The file, or `IN_MEMORY`. */
  path: string;
  /** What makes the tables where they are missing; safe to repeat. */
  schema: string;
  /** Settings beside the write-ahead log, such as `synchronous = FULL`. */
  pragmas: readonly string[];
  /** What becomes of a damaged file: kept as `<path>.damaged` (the last one only), or removed. */
  whenDamaged: 'put-aside' | 'remove';
}

/**
 * Opens a SQLite file with mode 600, made where it is missing. A damaged one gives way to an empty one: for what is worth
 * less than a box that starts.
 *
 * @throws FlotillaError `disk-full` or another file error, `corrupt-file` where it can be neither read nor replaced.
 */
export function openPrivateDatabase(options: PrivateDatabaseOptions): {
  database: Database.Database;
  /** A damaged file was found and replaced. */
  damaged: boolean;
} {
  const { path, whenDamaged } = options;
  try {
    return { database: open(options), damaged: false };
  } catch (error) {
    if (!isDamage(error)) throw fileError({ error, path, doing: 'Opening' });
    for (const suffix of ['', '-wal', '-shm']) {
      const aside = `${path}.damaged${suffix}`;
      if (whenDamaged === 'put-aside') rmSync(aside, { force: true });
      if (!existsSync(path + suffix)) continue;
      if (whenDamaged === 'put-aside') renameSync(path + suffix, aside);
      else rmSync(path + suffix);
    }
    try {
      return { database: open(options), damaged: true };
    } catch (cause) {
      throw new FlotillaError('corrupt-file', `The database ${path} can be neither read nor replaced.`, {
        cause,
        details: { about: path, fix: 'Remove the file.' },
      });
    }
  }
}

function open({ path, schema, pragmas }: PrivateDatabaseOptions): Database.Database {
  if (path !== IN_MEMORY) {
    closeSync(openSync(path, 'a', 0o600)); // SQLite gives its journal files the mode of this one
    chmodSync(path, 0o600);
  }
  const database = new Database(path);
  try {
    for (const pragma of ['journal_mode = WAL', ...pragmas]) database.pragma(pragma);
    database.exec(schema);
    // Damage shows when pages are read, which the statements above do not do.
    const tables = database.prepare<[], { name: string }>(
      "SELECT name FROM sqlite_schema WHERE type = 'table'",
    );
    for (const { name } of tables.all()) database.prepare(`SELECT count(*) FROM "${name}"`).get();
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function isDamage(error: unknown): boolean {
  return (
    error instanceof Database.SqliteError &&
    (error.code.startsWith('SQLITE_CORRUPT') || error.code === 'SQLITE_NOTADB')
  );
}
