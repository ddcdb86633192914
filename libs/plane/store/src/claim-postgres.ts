import { setTimeout as delay } from 'node:timers/promises';
import { FlotillaError } from '@flotilla/contracts';
import pg from 'pg';

/** An advisory lock of the database that the URL names; the numbers are ours by chance. */
const LOCK = [0x464c4f54, 1] as const;
const TRY_EVERY_MS = 250;
const RECONNECT_EVERY_MS = 1_000;

export interface ClaimOptions {
  /** How long one that was killed may take to be noticed. Default 10 s. */
  waitMs?: number;
  /** The line broke, and another control plane has the database since: this one must end. */
  onLost: (error: FlotillaError) => void;
}

export interface Claim {
  release(): Promise<void>;
}

/**
 * Holds the database for one control plane. PostgreSQL lets go by itself when the process ends in whatever way.
 *
 * INVARIANTS
 * - The lock belongs to one connection that does nothing else; a pooler that shares connections between statements
 *   would break it.
 * - When that connection breaks it is made again and the lock taken again; where somebody else has it by then,
 *   `onLost` is called once.
 */
export async function claimPostgres(url: string, { waitMs = 10_000, onLost }: ClaimOptions): Promise<Claim> {
  const ended = new AbortController();
  let client = await connect(url);
  const deadline = performance.now() + waitMs;
  while (!(await tryLock(client))) {
    if (performance.now() < deadline) {
      await delay(TRY_EVERY_MS);
      continue;
    }
    const error = await takenBy(client);
    await client.end().catch(() => {});
    throw error;
  }
  watch();

  function watch(): void {
    const watched = client;
    watched.once('end', () => {
      if (!ended.signal.aborted) void again();
    });
  }

  async function again(): Promise<void> {
    while (!ended.signal.aborted) {
      try {
        client = await connect(url);
        if (ended.signal.aborted) return void (await client.end());
        if (!(await tryLock(client))) {
          const error = await takenBy(client);
          ended.abort();
          await client.end().catch(() => {});
          return onLost(error);
        }
        return watch();
      } catch {
        // The server is away; whoever needs it fails as well, and says so.
        await delay(RECONNECT_EVERY_MS, undefined, { signal: ended.signal }).catch(() => {});
      }
    }
  }

  return {
    async release() {
      ended.abort();
      await client.end().catch(() => {});
    },
  };
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'flotilla-control-plane',
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
  });
  // `end` follows; without a listener an error would end the process.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function tryLock(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ held: boolean }>('select pg_try_advisory_lock($1, $2) as held', [
    ...LOCK,
  ]);
  return rows[0]?.held === true;
}

/** Says who has it, so that the person in front of two machines knows which one. */
async function takenBy(client: pg.Client): Promise<FlotillaError> {
  const { rows } = await client
    .query<{ address: string | null; since: Date }>(
      `select a.client_addr::text as address, a.backend_start as since
       from pg_locks l join pg_stat_activity a using (pid)
       where l.locktype = 'advisory' and l.granted and l.classid = $1 and l.objid = $2
         and l.database = (select oid from pg_database where datname = current_database())`,
      [...LOCK],
    )
    .catch(() => ({ rows: [] }));
  const [holder] = rows;
  const who =
    holder === undefined
      ? ''
      : `: one at ${holder.address ?? 'this machine'}, since ${holder.since.toISOString()}`;
  return new FlotillaError('conflict', `Another control plane uses this database${who}.`, {
    details: {
      about: 'database',
      fix: 'Stop the other one, or give this one a database of its own: two on one database are not supported yet.',
    },
  });
}
