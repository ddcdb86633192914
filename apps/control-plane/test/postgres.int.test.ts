import {
  leftOut,
  startPostgres,
  tempFolder,
  waitFor,
  type Postgres,
  type TempFolder,
} from '@flotilla/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flagsOf, freePorts, spawnPlane, startPlane } from './plane-process.ts';
import { row, TestDevice } from './test-device.ts';

describe.skipIf(leftOut('postgres'))('with PostgreSQL as the database', () => {
  let postgres: Postgres;
  let folder: TempFolder;
  beforeAll(async () => {
    postgres = await startPostgres();
    folder = await tempFolder({ name: 'plane-postgres' });
  });
  afterAll(async () => {
    await postgres.stop();
    await folder.remove();
  });

  it('a device joins, is told, is counted, and is still there after kill -9', async () => {
    const env = { FLOTILLA_DATABASE_URL: await postgres.createDatabase() };
    const data = folder.file('data');
    let plane = await startPlane({ data, env });
    const created = await plane.client.api.v1['join-tokens'].$post({ json: {} });
    const device = await TestDevice.join({ token: (await created.json()).token });
    await device.connect();
    await plane.client.api.v1.rollouts.$post({ json: { release: 'assistant', selector: '*' } });
    await waitFor(() => device.desired.some(({ services }) => services.length > 0), {
      what: 'it is told',
      deadlineMs: 30_000,
    });
    await device.sendRows('epoch-1', [row(1, 'ab'.repeat(32))]);
    await waitFor(() => device.acks.length > 0, { what: 'the rows are committed', deadlineMs: 30_000 });
    await plane.child.kill9();
    plane = await startPlane({ data, env, ports: plane.ports });
    const overview = await (await plane.client.api.v1.overview.$get()).json();
    expect(overview).toMatchObject({ lastDay: { requests: 1 }, rolloutsRunning: 1 });
    await device.link.stop();
    await plane.child.stop();
  });

  it('a second control plane on the database is refused, until the first one has ended in whatever way', async () => {
    const env = { FLOTILLA_DATABASE_URL: await postgres.createDatabase() };
    const args = ['--starter-models', 'false'];
    const first = await startPlane({ data: folder.file('first'), env, args });
    const second = spawnPlane(
      ['run', '--data', folder.file('second'), ...args, ...flagsOf(await freePorts())],
      env,
    );
    expect(await second.exited).toMatchObject({ code: 1 });
    expect(second.output()).toContain('Another control plane uses this database');
    expect((await first.client.api.v1.overview.$get()).status).toBe(200);
    await first.child.kill9();
    const third = await startPlane({ data: folder.file('first'), env, args });
    await third.child.stop();
  });

  it('a server that is away is named, without its password', async () => {
    const refused = spawnPlane(
      ['run', '--data', folder.file('other'), '--starter-models', 'false', ...flagsOf(await freePorts())],
      { FLOTILLA_DATABASE_URL: 'postgres://user:hunter2@127.0.0.1:1/flotilla' },
    );
    expect(await refused.exited).toMatchObject({ code: 1 });
    expect(refused.output()).toContain('The database 127.0.0.1:1/flotilla cannot be used');
    expect(refused.output()).not.toContain('hunter2');
  });
});
