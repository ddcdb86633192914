import { readFile, stat, writeFile } from 'node:fs/promises';
import { tempFolder, type TempFolder } from '@flotilla/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IN_MEMORY, openPrivateDatabase, type PrivateDatabaseOptions } from './open-private-database.ts';

let folder: TempFolder;
beforeEach(async () => {
  folder = await tempFolder({ name: 'private-database' });
});
afterEach(() => folder.remove());

const open = (change: Partial<PrivateDatabaseOptions> = {}) =>
  openPrivateDatabase({
    path: folder.file('notes.db'),
    schema: 'CREATE TABLE IF NOT EXISTS notes (text TEXT NOT NULL) STRICT;',
    pragmas: ['synchronous = FULL'],
    whenDamaged: 'put-aside',
    ...change,
  });
const texts = ({ database }: ReturnType<typeof open>) =>
  database.prepare('SELECT text FROM notes').pluck().all();

describe('a private database', () => {
  it('keeps what it holds over a restart, and its files from others', async () => {
    const first = open();
    first.database.exec("INSERT INTO notes VALUES ('one')");
    if (process.platform !== 'win32')
      for (const name of ['notes.db', 'notes.db-wal', 'notes.db-shm'])
        expect((await stat(folder.file(name))).mode & 0o777).toBe(0o600);
    first.database.close();
    const second = open();
    expect({ damaged: second.damaged, texts: texts(second) }).toEqual({ damaged: false, texts: ['one'] });
    second.database.close();
  });

  it('leaves nothing on the disk when it is in memory', () => {
    const { database, damaged } = open({ path: IN_MEMORY });
    database.exec("INSERT INTO notes VALUES ('one')");
    expect(damaged).toBe(false);
    database.close();
  });

  it.each([
    ['that is no database', () => writeFile(folder.file('notes.db'), 'not a database'.repeat(1_000))],
    ['with a page overwritten', overwriteLastPage],
  ])('begins anew in the place of a file %s, and puts that one aside', async (_, damage) => {
    await damage();
    const opened = open();
    expect({ damaged: opened.damaged, texts: texts(opened) }).toEqual({ damaged: true, texts: [] });
    opened.database.close();
    expect((await stat(folder.file('notes.db.damaged'))).size).toBeGreaterThan(0);
  });

  it('keeps no damaged file where it holds what nobody shall find', async () => {
    await writeFile(folder.file('notes.db'), 'not a database'.repeat(1_000));
    open({ whenDamaged: 'remove' }).database.close();
    await expect(stat(folder.file('notes.db.damaged'))).rejects.toThrow('ENOENT');
  });

  it('is refused by name where its folder is missing', () => {
    expect(() => open({ path: folder.file('nowhere/notes.db') })).toThrow(/nowhere\/notes\.db/);
  });

  async function overwriteLastPage(): Promise<void> {
    const { database } = open();
    database.exec("INSERT INTO notes VALUES ('one')");
    database.close();
    const bytes = await readFile(folder.file('notes.db'));
    await writeFile(folder.file('notes.db'), bytes.fill(0xff, bytes.length - 4_096));
  }
});
