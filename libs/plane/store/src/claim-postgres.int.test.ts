import type { FlotillaError } from '@flotilla/contracts';
import { leftOut, startPostgres, waitFor, type Postgres } from '@flotilla/testkit';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { claimPostgres } from './claim-postgres.ts';

describe.skipIf(leftOut('postgres'))('the claim on a PostgreSQL database', () => {
  let postgres: Postgres;
  let url: string;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());
  beforeEach(async () => {
    url = await postgres.createDatabase();
  });

  const never = (): never => {
    throw new TypeError('nobody took it');
  };
  const HOLDERS = `select pid from pg_locks join pg_stat_activity using (pid)
    where locktype = 'advisory' and granted and datname = current_database()`;

  /** A connection of the test's own. */
  async function other<T>(run: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return await run(client);
    } finally {
      await client.end();
    }
  }
  const holders = (client: pg.Client) => client.query<{ pid: number }>(HOLDERS);

  it('is one process’s at a time, and the next one’s after it', async () => {
    const first = await claimPostgres(url, { onLost: never });
    await expect(claimPostgres(url, { waitMs: 0, onLost: never })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/Another control plane .*since \d{4}-/),
    });
    const waiting = claimPostgres(url, { waitMs: 60_000, onLost: never });
    await first.release();
    await (await waiting).release();
  });

  it('is one per database, not per server', async () => {
    const first = await claimPostgres(url, { onLost: never });
    const elsewhere = await claimPostgres(await postgres.createDatabase(), { waitMs: 0, onLost: never });
    await first.release();
    await elsewhere.release();
  });

  it('is taken again when its line breaks', async () => {
    const claim = await claimPostgres(url, { onLost: never });
    await other(async (client) => {
      const before = (await holders(client)).rows[0]?.pid;
      await client.query('select pg_terminate_backend($1)', [before]);
      await waitFor(
        async () => {
          const { rows } = await holders(client);
          return rows.length === 1 && rows[0]?.pid !== before;
        },
        { what: 'it is held by another connection', deadlineMs: 30_000 },
      );
    });
    await expect(claimPostgres(url, { waitMs: 0, onLost: never })).rejects.toThrow(/Another/);
    await claim.release();
  });

  it('is lost when somebody else took it meanwhile, and says so once', async () => {
    const lost: FlotillaError[] = [];
    const claim = await claimPostgres(url, { onLost: (error) => lost.push(error) });
    await other(async (client) => {
      const { rows } = await holders(client);
      // Queued before the line breaks, so that the lock is ours the moment it is let go.
      const queued = new pg.Client({ connectionString: url });
      await queued.connect();
      const taken = queued.query('select pg_advisory_lock($1, $2)', [0x464c4f54, 1]);
      await waitFor(
        async () =>
          (await client.query(`select 1 from pg_locks where locktype = 'advisory' and not granted`))
            .rowCount === 1,
        { what: 'the other one waits', deadlineMs: 30_000 },
      );
      await client.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
      await taken;
      await waitFor(() => lost.length > 0, { what: 'it is noticed', deadlineMs: 30_000 });
      await queued.end();
    });
    expect(lost).toMatchObject([{ code: 'conflict' }]);
    await claim.release();
  });
});
