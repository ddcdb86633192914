import { readdir, mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { FlotillaError, type Manifest } from '@flotilla/contracts';
import { fileError, hashFile, systemCode } from '@flotilla/platform-files';
import { formatBytes } from '@flotilla/kernel';

import { readFreeDisk } from './disk-reserve.ts';
import type { ModelStore, PartialBlob } from './model-store.ts';
import { openPartialBlob, type PartialPaths } from './partial-blob.ts';

export interface ModelStoreOptions {
  /** Made when it is missing; `blobs/` and `partial/` live in it. */
  folder: string;
  /** Disk that a pull must leave free, in bytes. Default: 512 MB, or 5 % of a smaller file system. */
  reserveBytes?: number;
  /** Asked before a pull is refused for want of disk, which is then looked at once more. */
  makeRoom?: () => Promise<void>;
}

const DIGEST = /^[0-9a-f]{64}$/;

/** The store in a folder of the device; see `ModelStore`. Nothing is touched before the first call. */
export function createModelStore({ folder, reserveBytes, makeRoom }: ModelStoreOptions): ModelStore {
  const blobs = join(folder, 'blobs');
  const partial = join(folder, 'partial');
  /** Bytes still to come of each partial that is open now. */
  const open = new Map<string, () => number>();

  const pathsOf = (digest: string): PartialPaths => ({
    data: join(partial, digest),
    journal: join(partial, `${digest}.journal`),
    blob: join(blobs, digest),
  });

  async function find(digest: string): Promise<string | undefined> {
    const path = pathsOf(digest).blob;
    return (await sizeOf(path)) === undefined ? undefined : path;
  }

  async function readDisk(missing: number) {
    const { freeBytes: free, reserveBytes: reserve } = await readFreeDisk(folder, reserveBytes);
    const promised = [...open.values()].reduce((sum, left) => sum + left(), 0);
    return { free, reserve, promised, short: missing + promised + reserve - free };
  }

  async function refuseWhenFull(manifest: Manifest, missing: number): Promise<void> {
    if ((await readDisk(missing)).short > 0) await makeRoom?.();
    const { free, reserve, promised, short } = await readDisk(missing);
    if (short <= 0) return;
    throw new FlotillaError(
      'disk-full',
      `Model ${manifest.digest.slice(0, 12)} needs ${formatBytes(missing)} more on disk and ${formatBytes(reserve)} must stay free, ` +
        `but ${formatBytes(free - promised)} are free: ${formatBytes(short)} short.`,
      {
        details: {
          about: manifest.digest,
          missingBytes: missing,
          freeBytes: free,
          reserveBytes: reserve,
          fix: `Free ${formatBytes(short)} on the file system of ${folder}.`,
        },
      },
    );
  }

  async function openPartial(manifest: Manifest): Promise<PartialBlob> {
    const { digest } = manifest;
    if (open.has(digest)) {
      throw new FlotillaError('conflict', `Model ${digest} is being pulled already.`, {
        details: { about: digest },
      });
    }
    open.set(digest, () => 0); // taken before the first await: two callers must not both pass
    try {
      await mkdirs(blobs, partial);
      const blob = await openPartialBlob({
        paths: pathsOf(digest),
        manifest,
        onClosed: () => open.delete(digest),
      });
      try {
        await refuseWhenFull(manifest, manifest.bytes - blob.doneBytes);
      } catch (error) {
        await blob.close();
        throw error;
      }
      open.set(digest, () => manifest.bytes - blob.doneBytes);
      return blob;
    } catch (error) {
      open.delete(digest);
      throw error;
    }
  }

  return {
    find,
    openPartial,
    async missingBytes({ digest, bytes }) {
      if ((await find(digest)) !== undefined) return 0;
      const held = await stat(pathsOf(digest).data).catch(() => undefined);
      // Blocks, not size: the file has holes where chunks miss.
      return held === undefined ? bytes : Math.max(0, bytes - (held.blocks ?? 0) * 512);
    },
    async verify(digest, { signal } = {}) {
      const path = await find(digest);
      if (path === undefined) return false;
      if ((await hashFile(path, { signal })) === digest) return true;
      await rm(path, { force: true });
      return false;
    },
    async collectGarbage({ keep }) {
      const kept = new Set(keep);
      const removed: string[] = [];
      let freedBytes = 0;
      for (const folderPath of [blobs, partial]) {
        for (const name of await names(folderPath)) {
          const digest = name.replace(/\.journal$/, '');
          if (!DIGEST.test(digest) || kept.has(digest) || open.has(digest)) continue;
          const path = join(folderPath, name);
          freedBytes += await takenBytes(path);
          await rm(path, { force: true });
          if (name === digest) removed.push(digest);
        }
      }
      return { removed: [...new Set(removed)], freedBytes };
    },
    async usage() {
      const complete = (await names(blobs)).filter((name) => DIGEST.test(name));
      const arriving = await names(partial);
      const sizes = await Promise.all([
        ...complete.map((name) => takenBytes(join(blobs, name))),
        ...arriving.map((name) => takenBytes(join(partial, name))),
      ]);
      return { usedBytes: sizes.reduce((sum, bytes) => sum + bytes, 0), blobs: complete.length };
    },
  };
}

async function mkdirs(...folders: string[]): Promise<void> {
  for (const path of folders) {
    try {
      await mkdir(path, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw fileError({ error, path, doing: 'Creating' });
    }
  }
}

async function names(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw fileError({ error, path: folder, doing: 'Reading' });
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true ? found.size : undefined;
}

/** Bytes on the disk, holes left out; Windows does not tell, so there the size counts. */
async function takenBytes(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return 0;
  return process.platform === 'win32' ? found.size : Math.min(found.size, found.blocks * 512);
}
