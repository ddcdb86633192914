import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { FlotillaError } from '@flotilla/contracts';
import Database from 'better-sqlite3';

import { fileError } from './file-error.ts';

const LOCK_FILE = 'lock';
const HOLDER_FILE = 'lock.pid';
/** The names of the lock inside its folder; they belong to a process and are never copied. */
export const LOCK_FILES = [LOCK_FILE, HOLDER_FILE] as const;

/** Releases the lock. Safe to repeat. */
export type Unlock = () => void;

/**
 * Takes the one lock of a folder, or throws `data-folder-locked` with the holder's process id.
 *
 * The lock is SQLite's own file lock, which the kernel drops with its process: after kill -9 there is nothing to
 * clean up and no process id to mistake for another one's, and it holds between containers that share a folder.
 */
export async function lockFolder(folder: string): Promise<Unlock> {
  const path = join(folder, LOCK_FILE);
  const holder = join(folder, HOLDER_FILE);
  let database: Database.Database | undefined;
  try {
    database = new Database(path, { timeout: 0 });
    // By path: opening and closing this file otherwise would drop the lock of whoever in this process holds it.
    await chmod(path, 0o600);
    database.pragma('journal_mode = MEMORY');
    database.exec('BEGIN EXCLUSIVE');
    await writeFile(holder, `${process.pid}\n`, { mode: 0o600 });
    const held = database;
    return () => held.close();
  } catch (error) {
    database?.close();
    if (!(error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY'))) {
      throw fileError({ error, path, doing: 'Locking' });
    }
    const pid = (await readFile(holder, 'utf8').catch(() => '')).trim();
    const who = pid === '' ? 'Another process' : `Process ${pid}`;
    throw new FlotillaError('data-folder-locked', `${who} uses the data folder ${folder}.`, {
      cause: error,
      details: { about: folder, fix: 'Stop that process, or choose another data folder.', pid },
    });
  }
}
