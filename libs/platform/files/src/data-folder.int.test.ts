import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { spawnNode, tempFolder, type TempFolder } from '@flotilla/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openDataFolder } from './data-folder.ts';

const holder = fileURLToPath(new URL('../test/hold-folder.ts', import.meta.url));
const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

let temporary: TempFolder;
let path: string;
beforeEach(async () => {
  temporary = await tempFolder({ name: 'data' });
  path = temporary.file('deep', 'data');
});
afterEach(() => temporary.remove());

describe('openDataFolder', () => {
  it('makes the folder for its user only and writes down its format', async () => {
    const folder = await openDataFolder({ path, formatVersion: 3 });
    expect(await modeOf(path)).toBe(0o700);
    expect(JSON.parse(await readFile(folder.file('format.json'), 'utf8'))).toEqual({ format: 3 });
    expect(folder.migratedFrom).toBeUndefined();
    expect(await modeOf(await folder.folder('models', 'blobs'))).toBe(0o700);
    for (const name of await readdir(path, { recursive: true, withFileTypes: true })) {
      if (name.isFile()) expect(await modeOf(`${name.parentPath}/${name.name}`)).toBe(0o600);
    }
    folder.close();
  });

  it('is refused while somebody in this process has it open, and not after', async () => {
    const first = await openDataFolder({ path, formatVersion: 1 });
    await expect(openDataFolder({ path, formatVersion: 1 })).rejects.toMatchObject({
      code: 'data-folder-locked',
      details: { about: path, pid: String(process.pid) },
    });
    first.close();
    first.close();
    (await openDataFolder({ path, formatVersion: 1 })).close();
  });

  it('is refused while another process has it, which is named, and free as soon as that one is killed', async () => {
    const child = spawnNode({ script: holder, args: [path] });
    await child.ready(/holds the folder/);
    await expect(openDataFolder({ path, formatVersion: 1 })).rejects.toThrow(`Process ${child.pid} uses`);
    await child.kill9();
    const folder = await openDataFolder({ path, formatVersion: 1 });
    const other = spawnNode({ script: holder, args: [path] });
    await other.ready(new RegExp(`refused: Process ${process.pid} uses`));
    await other.exited;
    folder.close();
  });

  it('refuses a folder that a newer version wrote, leaves it as it was, and does not keep it locked', async () => {
    (await openDataFolder({ path, formatVersion: 5 })).close();
    await expect(openDataFolder({ path, formatVersion: 4 })).rejects.toMatchObject({
      code: 'data-folder-newer',
    });
    (await openDataFolder({ path, formatVersion: 5 })).close();
  });

  it('refuses a path that is a file', async () => {
    await writeFile(temporary.file('file'), '');
    for (const given of [temporary.file('file'), temporary.file('file', 'inside')]) {
      await expect(openDataFolder({ path: given, formatVersion: 1 })).rejects.toMatchObject({
        code: 'invalid-config',
      });
    }
  });

  it.runIf(process.platform === 'linux')('refuses a path where the kernel makes no folder', async () => {
    await expect(openDataFolder({ path: '/proc/nope/deep', formatVersion: 1 })).rejects.toMatchObject({
      code: 'invalid-config',
      details: { about: '/proc/nope' },
    });
  });

  it('refuses a damaged format file by name', async () => {
    await mkdir(path, { recursive: true });
    await writeFile(`${path}/format.json`, '{"format":"two"}');
    await expect(openDataFolder({ path, formatVersion: 2 })).rejects.toMatchObject({ code: 'corrupt-file' });
  });

  it('removes what interrupted writes left behind, and nothing else', async () => {
    (await openDataFolder({ path, formatVersion: 1 })).close();
    await writeFile(`${path}/.current.json.0123456789ab.tmp`, 'half');
    await writeFile(`${path}/.hidden`, 'kept');
    (await openDataFolder({ path, formatVersion: 1 })).close();
    expect(await readdir(path)).toEqual(expect.arrayContaining(['.hidden']));
    expect(await readdir(path)).not.toContain('.current.json.0123456789ab.tmp');
  });
});

describe('openDataFolder with an older folder', () => {
  const write = (name: string, text: string) => writeFile(`${path}/${name}`, text);
  const read = (name: string) => readFile(`${path}/${name}`, 'utf8');
  const append = (name: string, text: string) => async (folder: string) => {
    await writeFile(`${folder}/${name}`, (await readFile(`${folder}/${name}`, 'utf8')) + text);
  };
  beforeEach(async () => {
    const folder = await openDataFolder({ path, formatVersion: 1 });
    await write('state', 'one');
    await write(`${(await folder.folder('blobs')).slice(path.length)}/b1`, 'big');
    folder.close();
  });

  it('migrates step by step after a copy, which leaves out what is never changed', async () => {
    const migrations = { 1: append('state', ' two'), 2: append('state', ' three') };
    const folder = await openDataFolder({ path, formatVersion: 3, migrations, notCopied: ['blobs'] });
    expect(folder.migratedFrom).toBe(1);
    expect(await read('state')).toBe('one two three');
    expect(await read('backups/format-1/state')).toBe('one');
    expect(await readdir(`${path}/backups/format-1`)).toEqual(['format.json', 'state']);
    expect(await read('blobs/b1')).toBe('big');
    folder.close();
    const again = await openDataFolder({ path, formatVersion: 3, migrations });
    expect(again.migratedFrom).toBeUndefined();
    expect(await read('state')).toBe('one two three');
    again.close();
  });

  it('starts again from the copy when a migration was cut off half-way', async () => {
    const breaksOff = async (folder: string) => {
      await append('state', ' half')(folder);
      await writeFile(`${folder}/new-file`, '');
      throw new TypeError('power cut');
    };
    const open = (second: (folder: string) => Promise<void>) =>
      openDataFolder({ path, formatVersion: 3, migrations: { 1: append('state', ' two'), 2: second } });
    await expect(open(breaksOff)).rejects.toThrow('power cut');
    await expect(open(breaksOff)).rejects.toThrow('power cut');
    (await open(append('state', ' three'))).close();
    expect(await read('state')).toBe('one two three');
    expect(await readdir(path)).not.toContain('new-file');
    expect(await readdir(`${path}/backups`)).toEqual(['format-1']);
  });

  it('gives the older version its folder back as it was, when the newer one was cut off', async () => {
    const breaksOff = async (folder: string) => {
      await append('state', ' half')(folder);
      throw new TypeError('power cut');
    };
    await expect(openDataFolder({ path, formatVersion: 2, migrations: { 1: breaksOff } })).rejects.toThrow();
    (await openDataFolder({ path, formatVersion: 1 })).close();
    expect(await read('state')).toBe('one');
  });

  it('refuses a folder too old to migrate, and touches nothing', async () => {
    await expect(
      openDataFolder({ path, formatVersion: 3, migrations: { 2: append('state', '!') } }),
    ).rejects.toMatchObject({
      code: 'conflict',
      details: { fix: 'Run a version that turns format 1 into 2 first.' },
    });
    expect(await read('state')).toBe('one');
    expect(await readdir(path)).not.toContain('backups');
  });
});
