import { constants } from 'node:fs';
import { chmod, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FlotillaError } from '@flotilla/contracts';
import Sqlite from 'better-sqlite3';
import { Kysely, PostgresDialect, SqliteDialect } from 'kysely';
import pg from 'pg';
import type { Database } from './database.ts';

export type EngineName = 'sqlite' | 'postgres';

/** One database, whichever engine is under it. */
export interface Engine {
  name: EngineName;
  db: Kysely<Database>;
  /** Writes a whole, consistent copy beside the file; undefined where the server's own backups are the way. */
  copyTo: ((path: string) => Promise<void>) | undefined;
  /** Of the file; undefined for a server. */
  path: string | undefined;
  close(): Promise<void>;
}

/** Opens `sqlite:PATH` or `postgres://…`. Throws `invalid-config` for another URL, `unavailable` when it cannot be opened. */
export async function openEngine(url: string): Promise<Engine> {
  if (url.startsWith('sqlite:')) return openSqlite(url.slice('sqlite:'.length));
  if (/^postgres(ql)?:\/\//.test(url)) return openPostgres(url);
  throw new FlotillaError(
    'invalid-config',
    'The database URL begins with neither `sqlite:` nor `postgres:`.',
    {
      details: { field: 'databaseUrl', fix: 'Give `sqlite:PATH` or `postgres://USER@HOST/DATABASE`.' },
    },
  );
}

/** More texts than the stores have; a bound all the same, because some texts grow with a page's size. */
const MOST_STATEMENTS = 500;

async function openSqlite(path: string): Promise<Engine> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    // Made here, because SQLite would make it readable for everyone; its side files take the same mode.
    const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    await file.close();
    await chmod(path, 0o600);
  } catch (cause) {
    throw new FlotillaError('unavailable', `The database file ${path} cannot be opened.`, {
      details: { about: path },
      cause,
    });
  }
  const database = new Sqlite(path);
  for (const pragma of [
    'journal_mode = WAL',
    'synchronous = FULL',
    'busy_timeout = 5000',
    'foreign_keys = ON',
  ]) {
    database.pragma(pragma);
  }
  const statements = new Map<string, Sqlite.Statement>();
  const dialect = new SqliteDialect({
    database: {
      close: () => database.close(),
      // Kysely prepares at every call; preparing costs more than most of these statements.
      prepare(text) {
        const known = statements.get(text);
        if (known) return known;
        if (statements.size >= MOST_STATEMENTS) statements.clear();
        const statement = database.prepare(text);
        statements.set(text, statement);
        return statement;
      },
    },
  });
  const db = new Kysely<Database>({ dialect });
  return {
    name: 'sqlite',
    db,
    path,
    copyTo: async (copy) => {
      await database.backup(copy);
      await chmod(copy, 0o600);
    },
    close: async () => {
      await db.destroy();
      // Kysely closes only what it has used.
      if (database.open) database.close();
    },
  };
}

const INT8 = 20;

function openPostgres(url: string): Engine {
  const pool = new pg.Pool({
    connectionString: url,
    max: 10,
    connectionTimeoutMillis: 10_000,
    // Every whole number of ours is below 2^53: times, sizes, counts and micro-units.
    types: {
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        oid === INT8 ? Number : (pg.types.getTypeParser(oid, format) as (text: string) => unknown),
    },
  });
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined);
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  return { name: 'postgres', db, path: undefined, copyTo: undefined, close: () => db.destroy() };
}
