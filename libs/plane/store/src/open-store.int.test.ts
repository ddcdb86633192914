import { readdir, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { tempFolder } from '@flotilla/testkit';
import { describe, expect, it } from 'vitest';
import { describeOnEngines } from '../test/engines.ts';
import { createPlane } from '../test/plane.ts';
import { openEngine } from './engine.ts';
import { openStore } from './index.ts';
import { migrate } from './migrate.ts';
import { MIGRATIONS } from './migrations/index.ts';

const refusal = (code: string): unknown => expect.objectContaining({ code });

describeOnEngines('opening a database', ({ newUrl, open }) => {
  it('makes its tables once and finds everything again', async () => {
    const url = await newUrl();
    const first = await open(url);
    expect((await first.migrate()).applied).toEqual(Object.keys(MIGRATIONS));
    await createPlane({ store: first }).events.append({ kind: 'device-changed', text: 'kept' });
    await first.close();
    const second = await open(url);
    expect(await second.migrate()).toEqual({ applied: [], copy: undefined });
    await second.ready();
    expect((await second.eventStore.list({ limit: 9 })).map((e) => e.text)).toEqual(['kept']);
  });

  it('makes its tables once when two start at the same time', async () => {
    const url = await newUrl();
    const store = await open(url);
    const outcomes = await Promise.all([store.migrate(), store.migrate()]);
    expect(outcomes.length).toBe(2);
    await store.eventStore.append({ at: 0, kind: 'device-changed', text: 'x' });
  });

  it('leaves a database of a newer version alone', async () => {
    const url = await newUrl();
    const engine = await openEngine(url);
    await migrate(engine, { ...MIGRATIONS, '9999-of-next-year': async () => undefined });
    await engine.close();
    const store = await open(url);
    await expect(store.migrate()).rejects.toThrow(refusal('data-folder-newer'));
  });

  it('undoes the whole of a migration that fails', async () => {
    const engine = await openEngine(await newUrl());
    const broken: typeof MIGRATIONS = {
      ...MIGRATIONS,
      '9998-broken': async (db) => {
        await db.schema.createTable('half').addColumn('id', 'text').execute();
        throw new TypeError('on purpose');
      },
    };
    await expect(migrate(engine, broken)).rejects.toThrow(refusal('internal'));
    const tables = await engine.db.introspection.getTables();
    expect(tables.map((t) => t.name)).not.toContain('half');
    await engine.close();
  });
});

describe('a database file', () => {
  it('is readable by its owner only, with its side files and its copy', async () => {
    await using folder = await tempFolder({ name: 'store' });
    const url = `sqlite:${folder.file('data', 'plane.db')}`;
    const engine = await openEngine(url);
    await migrate(engine);
    await engine.db.insertInto('event_counter').values({ id: 2, last: 7 }).execute();
    const { copy } = await migrate(engine, { ...MIGRATIONS, '9998-next': async () => undefined });
    for (const name of await readdir(folder.file('data'))) {
      expect([name, (await stat(folder.file('data', name))).mode & 0o777]).toEqual([name, 0o600]);
    }
    await engine.close();
    expect(basename(copy ?? '')).toBe('plane.db.before-9998-next');
    const before = await openEngine(`sqlite:${copy}`);
    expect(await before.db.selectFrom('event_counter').selectAll().where('id', '=', 2).execute()).toEqual([
      { id: 2, last: 7 },
    ]);
    await before.close();
  });

  it('refuses a URL of another kind by name', async () => {
    await expect(openStore({ url: 'mysql://nowhere' })).rejects.toThrow(refusal('invalid-config'));
  });

  it('says that a server does not answer, without telling its password', async () => {
    const store = await openStore({ url: 'postgres://ops:secret@127.0.0.1:1/plane' });
    const failure: unknown = await store.migrate().catch((error: unknown) => error);
    expect(failure).toEqual(refusal('unavailable'));
    expect(JSON.stringify(failure) + String(failure)).not.toContain('secret');
    await store.close();
  });

  it('says when its folder cannot be made', async () => {
    await expect(openStore({ url: 'sqlite:/dev/null/plane.db' })).rejects.toThrow(refusal('unavailable'));
  });
});
