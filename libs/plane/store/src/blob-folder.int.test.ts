import { createHash } from 'node:crypto';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { tempFolder, type TempFolder } from '@flotilla/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBlobFolder } from './blob-folder.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function* pieces(...parts: string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}

async function text(source: AsyncIterable<Uint8Array>): Promise<string> {
  let all = '';
  for await (const part of source) all += Buffer.from(part).toString();
  return all;
}

describe('blobs in a folder', () => {
  let folder: TempFolder;
  beforeEach(async () => {
    folder = await tempFolder({ name: 'blobs' });
  });
  afterEach(() => folder.remove());
  const newBlobs = () => createBlobFolder({ folder: folder.path });

  it('are found by the digest of their bytes, whole or in part', async () => {
    const blobs = newBlobs();
    const { digest, bytes } = await blobs.put({ source: pieces('hello ', 'world') });
    expect({ digest, bytes }).toEqual({ digest: sha256(Buffer.from('hello world')), bytes: 11 });
    expect(await blobs.size(digest)).toBe(11);
    const read = async (start?: number, end?: number) => text(await blobs.open({ digest, start, end }));
    expect([
      await read(),
      await read(6),
      await read(0, 5),
      await read(3, 99),
      await read(5, 5),
      await read(99),
    ]).toEqual(['hello world', 'world', 'hello', 'lo world', '', '']);
    expect((await stat(folder.file(digest.slice(0, 2), digest))).mode & 0o777).toBe(0o600);
  });

  it('are the same file when they come twice, at once as well', async () => {
    const blobs = newBlobs();
    const all = await Promise.all(Array.from({ length: 5 }, () => blobs.put({ source: pieces('same') })));
    expect(new Set(all.map((b) => b.digest)).size).toBe(1);
    expect(await readdir(folder.file('incoming'))).toEqual([]);
  });

  it('are not there when they are others than announced, or when their source breaks', async () => {
    const blobs = newBlobs();
    const announced = { source: pieces('bytes'), expectedDigest: sha256(Buffer.from('other')) };
    await expect(blobs.put(announced)).rejects.toThrow(expect.objectContaining({ code: 'digest-mismatch' }));
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('half');
      throw new TypeError('cut');
    }
    await expect(blobs.put({ source: broken() })).rejects.toThrow('cut');
    expect(await readdir(folder.file('incoming'))).toEqual([]);
    expect(await readdir(folder.path)).toEqual(['incoming']);
  });

  it('that nobody has are not found, and no name leads out of the folder', async () => {
    const blobs = newBlobs();
    expect(await blobs.has('0'.repeat(64))).toBe(false);
    for (const digest of ['0'.repeat(64), '../../../etc/passwd', '', 'A'.repeat(64)]) {
      await expect(blobs.open({ digest })).rejects.toThrow(expect.objectContaining({ code: 'not-found' }));
    }
  });

  it('that were cut off by a kill are swept away at start', async () => {
    const blobs = newBlobs();
    const { digest } = await blobs.put({ source: pieces('kept') });
    await writeFile(folder.file('incoming', 'left-over'), 'x');
    expect(await blobs.sweep()).toBe(1);
    expect(await blobs.has(digest)).toBe(true);
    await blobs.remove(digest);
    expect(await blobs.has(digest)).toBe(false);
  });
});
