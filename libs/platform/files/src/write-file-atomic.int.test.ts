import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';

import { smallDisk, tempFolder, type TempFolder } from '@flotilla/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { freeBytes } from './free-bytes.ts';
import { hashFile } from './hash-file.ts';
import { readJsonFile, writeJsonFile } from './json-file.ts';
import { isTemporaryName, writeFileAtomic } from './write-file-atomic.ts';

let folder: TempFolder;
beforeEach(async () => {
  folder = await tempFolder({ name: 'files' });
});
afterEach(() => folder.remove());

describe('writeFileAtomic', () => {
  it('writes a file that only its user may read, and replaces it', async () => {
    const path = folder.file('current.json');
    await writeFileAtomic(path, 'old');
    await writeFileAtomic(path, Buffer.from('new'));
    expect(await readFile(path, 'utf8')).toBe('new');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder.path)).toEqual(['current.json']);
  });

  it('gives the mode asked for, whatever the umask', async () => {
    const before = process.umask(0o077);
    try {
      await writeFileAtomic(folder.file('shared'), '', { mode: 0o644 });
    } finally {
      process.umask(before);
    }
    expect((await stat(folder.file('shared'))).mode & 0o777).toBe(0o644);
  });

  it('never shows a reader half a file', async () => {
    const path = folder.file('current.json');
    const texts = ['a', 'b'].map((letter) => letter.repeat(200_000));
    await writeFileAtomic(path, texts[0]!);
    let writing = true;
    const writer = (async () => {
      for (let round = 0; round < 30; round += 1) await writeFileAtomic(path, texts[round % 2]!);
      writing = false;
    })();
    while (writing) expect(texts).toContain(await readFile(path, 'utf8'));
    await writer;
  });

  it('lets two writers of one file each write a whole one', async () => {
    const path = folder.file('current.json');
    const texts = Array.from({ length: 10 }, (_, index) => String(index).repeat(50_000));
    await Promise.all(texts.map((text) => writeFileAtomic(path, text)));
    expect(texts).toContain(await readFile(path, 'utf8'));
    expect(await readdir(folder.path)).toEqual(['current.json']);
  });

  it('leaves the old file and no temporary one when it fails, and names the path', async () => {
    await mkdir(folder.file('taken'));
    await writeFile(folder.file('taken', 'inside'), '');
    await expect(writeFileAtomic(folder.file('taken'), 'x')).rejects.toMatchObject({
      name: 'FlotillaError',
      details: { about: folder.file('taken') },
    });
    await expect(writeFileAtomic(folder.file('none', 'file'), 'x')).rejects.toMatchObject({
      code: 'not-found',
    });
    expect(await readdir(folder.path)).toEqual(['taken']);
  });

  it('keeps the old file and leaves nothing behind when the disk is full', async (context) => {
    const disk = await smallDisk({ bytes: 64 * 1024 });
    if (!disk) return context.skip('this user may not mount a file system');
    const path = disk.file('current.json');
    await writeFileAtomic(path, 'old');
    await expect(writeFileAtomic(path, Buffer.alloc(100_000))).rejects.toMatchObject({
      code: 'disk-full',
      retryable: true,
      details: { about: path },
    });
    expect(await readdir(disk.path)).toEqual(['current.json']);
    expect(await readFile(path, 'utf8')).toBe('old');
    await disk.remove();
  });

  it('recognises the names it uses for files under way', () => {
    expect(isTemporaryName('.current.json.0123456789ab.tmp')).toBe(true);
    expect(isTemporaryName('current.json')).toBe(false);
    expect(isTemporaryName('.profile')).toBe(false);
  });
});

describe('readJsonFile', () => {
  const Schema = z.object({ generation: z.int() });

  it('reads back what was written', async () => {
    await writeJsonFile(folder.file('a.json'), { generation: 3 });
    expect(await readJsonFile(folder.file('a.json'), Schema)).toEqual({ generation: 3 });
  });

  it('gives undefined for a file that is not there', async () => {
    expect(await readJsonFile(folder.file('a.json'), Schema)).toBeUndefined();
  });

  it.each(['', '{"generation": 3', '{"generation": "3"}', 'null'])(
    'names a file that holds %j',
    async (text) => {
      await writeFile(folder.file('a.json'), text);
      await expect(readJsonFile(folder.file('a.json'), Schema)).rejects.toMatchObject({
        code: 'corrupt-file',
        details: { about: folder.file('a.json') },
      });
    },
  );
});

describe('hashFile', () => {
  it('gives the SHA-256 of a file of any size', async () => {
    await writeFile(folder.file('empty'), '');
    await writeFile(folder.file('million'), 'a'.repeat(1_000_000));
    expect(await hashFile(folder.file('empty'))).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
    expect(await hashFile(folder.file('million'))).toBe(
      'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0',
    );
  });

  it('stops with the reason of its signal, and names a missing file', async () => {
    await writeFile(folder.file('some'), 'x');
    const reason = new TypeError('enough');
    await expect(hashFile(folder.file('some'), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(hashFile(folder.file('none'))).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('freeBytes', () => {
  it('measures the file system of a folder, and names one that is not there', async () => {
    const free = await freeBytes(folder.path);
    expect(Number.isSafeInteger(free)).toBe(true);
    expect(free).toBeGreaterThan(0);
    await expect(freeBytes(folder.file('none'))).rejects.toMatchObject({ code: 'not-found' });
  });
});
