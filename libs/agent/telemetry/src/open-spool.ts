import { chmodSync, closeSync, existsSync, openSync, renameSync, rmSync } from 'node:fs';

import { FlotillaError } from '@flotilla/contracts';
import { fileError } from '@flotilla/platform-files';
import Database from 'better-sqlite3';

/** The path of a spool that lives as long as its process: for a disk that takes nothing any more. */
export const IN_MEMORY = ':memory:';

/**
 * Opens the file of the spool with mode 600, made where it is missing. One that is damaged is put aside as
 * `<path>.damaged` (the last one is kept) and a new one is begun: telemetry is worth less than a box that starts.
 */
export function openSpoolFile(path: string): { database: Database.Database; damaged: boolean } {
  try {
    return { database: open(path), damaged: false };
  } catch (error) {
    if (!isDamage(error)) throw fileError({ error, path, doing: 'Opening' });
    for (const suffix of ['', '-wal', '-shm']) {
      rmSync(`${path}.damaged${suffix}`, { force: true });
      if (existsSync(path + suffix)) renameSync(path + suffix, `${path}.damaged${suffix}`);
    }
    try {
      return { database: open(path), damaged: true };
    } catch (cause) {
      throw new FlotillaError(
        'corrupt-file',
        `The telemetry spool ${path} can be neither read nor replaced.`,
        {
          cause,
          details: { about: path, fix: 'Remove the file.' },
        },
      );
    }
  }
}

function open(path: string): Database.Database {
  if (path !== IN_MEMORY) {
    closeSync(openSync(path, 'a', 0o600)); // SQLite gives its journal files the mode of this one
    chmodSync(path, 0o600);
  }
  const database = new Database(path);
  try {
    database.pragma('journal_mode = WAL');
    // Every row reaches the disk: a sequence that was sent must not be used again after a power cut.
    database.pragma('synchronous = FULL');
    database.exec(SCHEMA);
    database.prepare('SELECT count(*) FROM rows').get();
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS rows (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    has_requests INTEGER NOT NULL,
    interval_ms INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS rows_by_worth ON rows (has_requests, sequence);
`;

function isDamage(error: unknown): boolean {
  return (
    error instanceof Database.SqliteError &&
    (error.code.startsWith('SQLITE_CORRUPT') || error.code === 'SQLITE_NOTADB')
  );
}
