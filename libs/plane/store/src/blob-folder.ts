import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FlotillaError } from '@flotilla/contracts';
import type { BlobStore } from '@flotilla/plane-catalogue';

/**
 * Blobs as files of a folder, named by their digest: `ab/abcd…`. Written beside under another name, synced, then
 * renamed, so that a file of the right name is always whole. What a killed process left behind is removed by `sweep`.
 */
export function createBlobFolder({ folder }: { folder: string }): BlobStore & { sweep(): Promise<number> } {
  const pathOf = (digest: string): string => {
    if (!/^[0-9a-f]{64}$/.test(digest)) throw unknownBlob(digest);
    return join(folder, digest.slice(0, 2), digest);
  };
  const incoming = join(folder, 'incoming');

  async function sizeOf(digest: string): Promise<number | undefined> {
    try {
      return (await stat(pathOf(digest))).size;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  return {
    async put({ source, expectedDigest }) {
      await mkdir(incoming, { recursive: true, mode: 0o700 });
      const temporary = join(incoming, randomUUID());
      const hash = createHash('sha256');
      let bytes = 0;
      try {
        const file = await open(temporary, 'wx', 0o600);
        try {
          for await (const piece of source) {
            hash.update(piece);
            await file.writeFile(piece);
            bytes += piece.length;
          }
          await file.sync();
        } finally {
          await file.close();
        }
        const digest = hash.digest('hex');
        if (expectedDigest !== undefined && expectedDigest !== digest) {
          throw new FlotillaError(
            'digest-mismatch',
            `The bytes have the SHA-256 ${digest}, not ${expectedDigest}.`,
            {
              details: { about: expectedDigest, fix: 'Send the file again.' },
            },
          );
        }
        const path = pathOf(digest);
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        await rename(temporary, path);
        await syncFolder(dirname(path));
        return { digest, bytes };
      } catch (error) {
        await rm(temporary, { force: true });
        throw codeOf(error) === 'ENOSPC' ? diskFull(folder, error) : error;
      }
    },

    async open({ digest, start = 0, end }) {
      const size = await sizeOf(digest);
      if (size === undefined) throw unknownBlob(digest);
      const until = Math.min(end ?? size, size);
      if (start >= until) return nothing();
      return createReadStream(pathOf(digest), { start, end: until - 1, highWaterMark: 256 * 1024 });
    },

    has: async (digest) => (await sizeOf(digest)) !== undefined,
    size: sizeOf,

    async remove(digest) {
      await rm(pathOf(digest), { force: true });
    },

    /** Only at start, while nothing is being put. Returns how many files went. */
    async sweep() {
      const left = await readdir(incoming).catch(() => []);
      for (const name of left) await rm(join(incoming, name), { force: true });
      return left.length;
    },
  };
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder for syncing, and makes renames durable itself.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function unknownBlob(digest: string): FlotillaError {
  return new FlotillaError('not-found', `There is no blob ${digest.slice(0, 80)}.`, {
    details: { about: digest.slice(0, 80) },
  });
}

function diskFull(folder: string, cause: unknown): FlotillaError {
  return new FlotillaError('disk-full', `The disk of ${folder} is full.`, {
    details: { about: folder, fix: 'Free some space and send the file again.' },
    cause,
  });
}
