import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

import { FlotillaError, isFlotillaError } from '@flotilla/contracts';
import { formatBytes } from '@flotilla/kernel';
import { fileError, makeFolder, syncFolder, systemCode } from '@flotilla/platform-files';

import { readFreeDisk } from './disk-reserve.ts';

/** Bytes gathered before a write; where nobody said how many come, the bound and the disk are looked at before each. */
const WRITE_BYTES = 1024 * 1024;
const DIGEST = /^[0-9a-f]{64}$/;

export interface UploadedBlobsOptions {
  /** Made when it is missing; `blobs/` and `arriving/` live in it. */
  folder: string;
  /** Most bytes of all of them together, with those that arrive. */
  maxBytes: number;
  /** Digests that models name, any other blob makes room for one that comes. Undefined: not known, and none is removed. */
  inUse: () => ReadonlySet<string> | undefined;
  /** Disk that must stay free, in bytes. Default: as for a pull. */
  reserveBytes?: number;
}

export interface UploadedBlob {
  path: string;
  bytes: number;
}

/**
 * Files that programs of the box gave it, named by their sha256. A folder of their own: what the fleet keeps here and
 * what is collected there never touch each other.
 */
export interface UploadedBlobs {
  find(digest: string): Promise<UploadedBlob | undefined>;
  /**
   * Takes a file as it comes, in bounded memory, and keeps it where its bytes are the ones that its name says. Whatever
   * fails leaves nothing. Throws `digest-mismatch`, `too-large` over the bound, `disk-full`, `aborted` when the sender
   * went; resolves at once, having read nothing, where the file is here.
   */
  receive(options: {
    digest: string;
    pieces: AsyncIterable<Uint8Array>;
    /** How many bytes come, where that is known: what does not fit is then refused before it is read. */
    bytes?: number;
  }): Promise<UploadedBlob>;
  /** Gives a file that lies elsewhere on the disk a second name here: each of the two may go without the other. */
  adopt(options: { digest: string; path: string }): Promise<UploadedBlob>;
  /** Removes one that no model names; any other stays. */
  discard(digest: string): Promise<void>;
  /** Removes all that no model names, and what an earlier process left half done. */
  collectGarbage(): Promise<void>;
}

/** What a file on its way takes or has announced, and what of it is on the disk. */
interface Claim {
  digest: string;
  bytes: number;
  written: number;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/** Nothing is touched before the first call. */
export function createUploadedBlobs({
  folder,
  maxBytes,
  inUse,
  reserveBytes,
}: UploadedBlobsOptions): UploadedBlobs {
  const blobs = join(folder, 'blobs');
  const arriving = join(folder, 'arriving');
  /** In the order in which they came. */
  const claims = new Set<Claim>();

  async function find(digest: string): Promise<UploadedBlob | undefined> {
    const path = join(blobs, digest);
    const found = await stat(path).catch(() => undefined);
    return found?.isFile() === true ? { path, bytes: found.size } : undefined;
  }

  async function held(): Promise<{ digest: string; bytes: number }[]> {
    const names = (await readdir(blobs)).filter((name) => DIGEST.test(name));
    const found = await Promise.all(
      names.map(async (digest) => ({ digest, bytes: (await find(digest))?.bytes })),
    );
    return found.flatMap(({ digest, bytes }) => (bytes === undefined ? [] : [{ digest, bytes }]));
  }

  async function removeIfUnused(digest: string): Promise<void> {
    const named = inUse();
    if (named === undefined || named.has(digest)) return;
    if ([...claims].some((claim) => claim.digest === digest)) return;
    await rm(join(blobs, digest), { force: true });
  }

  async function removeUnused(): Promise<void> {
    for (const { digest } of await held()) await removeIfUnused(digest);
  }

  /** Throws where the files that are here and these claims are too much for the bound or the disk. */
  async function refuseWithoutRoom(digest: string, claimed: readonly Claim[]): Promise<void> {
    const overBound = async (): Promise<number> =>
      sum([...(await held()), ...claimed].map(({ bytes }) => bytes)) - maxBytes;
    if ((await overBound()) > 0) await removeUnused();
    const over = await overBound();
    if (over > 0)
      throw new FlotillaError(
        'too-large',
        `Local models may take ${formatBytes(maxBytes)} on this box; this file is ${formatBytes(over)} over that.`,
        {
          details: {
            field: 'digest',
            about: digest,
            maxBytes,
            overBytes: over,
            fix: 'Delete a local model, or raise `localModels.maxBytes` in the configuration of the device.',
          },
        },
      );
    const disk = await readFreeDisk(folder, reserveBytes);
    const toCome = sum(claimed.map(({ bytes, written }) => bytes - written));
    const short = toCome + disk.reserveBytes - disk.freeBytes;
    if (short > 0)
      throw new FlotillaError(
        'disk-full',
        `${formatBytes(disk.reserveBytes)} of the disk must stay free: it is ${formatBytes(short)} short for this file.`,
        {
          details: {
            about: digest,
            ...disk,
            fix: `Free ${formatBytes(short)} on the file system of the data folder.`,
          },
        },
      );
  }

  async function write({
    file,
    path,
    digest,
    pieces,
    claim,
  }: {
    file: FileHandle;
    path: string;
    digest: string;
    pieces: AsyncIterable<Uint8Array>;
    claim: Claim;
  }): Promise<void> {
    const hash = createHash('sha256');
    let pending: Uint8Array[] = [];
    let pendingBytes = 0;
    const flush = async (): Promise<void> => {
      if (pendingBytes === 0) return;
      if (claim.written + pendingBytes > claim.bytes) {
        claim.bytes = claim.written + pendingBytes;
        await refuseWithoutRoom(digest, [...claims]);
      }
      const bytes = pending.length === 1 && pending[0] !== undefined ? pending[0] : Buffer.concat(pending);
      pending = [];
      pendingBytes = 0;
      hash.update(bytes);
      try {
        await file.writeFile(bytes); // goes on where the last one ended, and writes all of it
      } catch (error) {
        throw fileError({ error, path, doing: 'Writing' });
      }
      claim.written += bytes.length;
    };
    for await (const piece of pieces) {
      pending.push(piece);
      pendingBytes += piece.length;
      if (pendingBytes >= WRITE_BYTES) await flush();
    }
    await flush();
    const found = hash.digest('hex');
    if (found !== digest)
      throw new FlotillaError(
        'digest-mismatch',
        `The ${claim.written} bytes that came are sha256:${found}, not the sha256:${digest} they were sent as.`,
        { details: { field: 'digest', about: digest, fix: 'Send the file again, whole.' } },
      );
    await file.sync();
  }

  const receive: UploadedBlobs['receive'] = async ({ digest, pieces, bytes = 0 }) => {
    if (!DIGEST.test(digest)) throw notADigest();
    const there = await find(digest);
    if (there !== undefined) return there;
    await makeFolder(blobs);
    await makeFolder(arriving);
    const claim = { digest, bytes, written: 0 };
    // Who came before goes before: of two that do not fit together, the first one does.
    const soFar = [...claims.add(claim)];
    const path = join(arriving, `${digest}.${randomBytes(6).toString('hex')}`);
    try {
      await refuseWithoutRoom(digest, soFar);
      {
        await using file = await open(path, 'wx', 0o600);
        await write({ file, path, digest, pieces, claim });
      }
      await rename(path, join(blobs, digest));
      await syncFolder(blobs);
    } catch (error) {
      await rm(path, { force: true });
      throw isFlotillaError(error) ? error : cutOff(error, digest);
    } finally {
      claims.delete(claim);
    }
    return { path: join(blobs, digest), bytes: claim.written };
  };

  return {
    find,
    receive,
    async adopt({ digest, path }) {
      if (!DIGEST.test(digest)) throw notADigest();
      const there = await find(digest);
      if (there !== undefined) return there;
      await makeFolder(blobs);
      const { size } = await stat(path);
      // A second name takes no disk, but it will once the first one is gone.
      const claim = { digest, bytes: size, written: size };
      const soFar = [...claims.add(claim)];
      try {
        await refuseWithoutRoom(digest, soFar);
        await link(path, join(blobs, digest));
        await syncFolder(blobs);
        return { path: join(blobs, digest), bytes: size };
      } catch (error) {
        if (systemCode(error) === 'EEXIST') return { path: join(blobs, digest), bytes: size };
        if (isFlotillaError(error) || !HAS_NO_LINKS.has(systemCode(error) ?? '')) throw error;
      } finally {
        claims.delete(claim);
      }
      return receive({ digest, pieces: createReadStream(path), bytes: size });
    },
    async discard(digest) {
      if (DIGEST.test(digest)) await removeIfUnused(digest);
    },
    async collectGarbage() {
      await makeFolder(blobs);
      await makeFolder(arriving);
      await removeUnused();
      if (claims.size > 0) return;
      for (const name of await readdir(arriving)) await rm(join(arriving, name), { force: true });
    },
  };
}

/** Of a file system that gives a file no second name, or not across its border. */
const HAS_NO_LINKS: ReadonlySet<string> = new Set(['EXDEV', 'EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK']);

function notADigest(): FlotillaError {
  return new FlotillaError('invalid-input', '`digest` must be sha256: and 64 lower-case hex digits.', {
    details: { field: 'digest' },
  });
}

/** A body ends with an error of the network's own where its sender goes in the middle. */
function cutOff(cause: unknown, digest: string): FlotillaError {
  return new FlotillaError('aborted', 'The file ended before it was whole; nothing of it is kept.', {
    cause,
    details: { about: digest, fix: 'Send it again.' },
  });
}
