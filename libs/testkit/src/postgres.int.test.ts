import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startPostgres, type Postgres } from './postgres.ts';
import { leftOut } from './left-out.ts';

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

describe.skipIf(leftOut('postgres'))('startPostgres', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());

  it('answers queries', async () => {
    expect(await query(postgres.url, 'select 1 + 1 as two')).toEqual([{ two: 2 }]);
  });

  it('keeps the databases of two tests apart', async () => {
    const one = await postgres.createDatabase();
    const other = await postgres.createDatabase();
    await query(one, 'create table only_here (id int)');
    await expect(query(other, 'select * from only_here')).rejects.toThrow('does not exist');
  });

  it('is gone after it was stopped', async () => {
    const second = await startPostgres();
    await second.stop();
    await expect(query(second.url, 'select 1')).rejects.toThrow();
  });
});
