import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

import { isFlotillaError } from '@flotilla/contracts';
import { systemClock, type Clock } from '@flotilla/kernel';
import { fileError, makeFolder, syncFolder, systemCode } from '@flotilla/platform-files';

import { readFreeDisk, type FreeDisk } from './disk-reserve.ts';
import { inPace } from './in-pace.ts';
import {
  cutOffRefusal,
  goneRefusal,
  mismatchRefusal,
  noDigestRefusal,
  overBoundRefusal,
  shortOfDiskRefusal,
  tooManyRefusal,
} from './upload-refusals.ts';

/** Bytes gathered before a write. The disk is looked at before each, and where nobody said how many come the bound too. */
const WRITE_BYTES = 1024 * 1024;
/** A sender brings a write's bytes within this: one that does not would hold its place, and what it announced. */
const PACE_MS = 60_000;
/** Each holds a connection, and up to a write's bytes of memory. */
const MOST_AT_ONCE = 4;
/** A file that was sent, or asked for, a moment ago is about to be named. */
const FRESH_MS = 5 * 60_000;
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
  /** Default: the machine's. */
  clock?: Clock;
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
   * fails leaves nothing. Throws `digest-mismatch`, `too-large` over the bound, `disk-full`, also while it comes,
   * `rate-limited` where four are coming, `timeout` for a sender that is slower than 1 MiB in a minute, `aborted` when it
   * went; resolves at once, having read nothing, where the file is here.
   */
  receive(options: {
    digest: string;
    pieces: AsyncIterable<Uint8Array>;
    /** How many bytes come, where that is known: what does not fit is then refused before it is read. */
    bytes?: number;
    /** Its reason is thrown where it is one of ours. */
    signal?: AbortSignal;
  }): Promise<UploadedBlob>;
  /**
   * Gives a file that lies elsewhere on the disk a second name here: each of the two may go without the other. Throws
   * `not-found` where it is gone, and what `receive` throws.
   */
  adopt(options: { digest: string; path: string; signal?: AbortSignal }): Promise<UploadedBlob>;
  /** Removes one that no model names; any other stays. */
  discard(digest: string): Promise<void>;
  /** Removes what no model names and nobody sent or asked for in the last minutes, and what an earlier process left half done. */
  collectGarbage(): Promise<void>;
  /** Bytes of the disk that `dropUnused` would free. */
  unusedBytes(): Promise<number>;
  /** Removes all that no model names, however fresh: the fleet's files go before. */
  dropUnused(): Promise<void>;
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
  clock = systemClock,
}: UploadedBlobsOptions): UploadedBlobs {
  const blobs = join(folder, 'blobs');
  const arriving = join(folder, 'arriving');
  /** In the order in which they came. */
  const claims = new Set<Claim>();
  /** When a file was sent or asked for last, on the monotonic clock. */
  const freshAt = new Map<string, number>();

  async function find(digest: string): Promise<UploadedBlob | undefined> {
    const path = join(blobs, digest);
    const found = await stat(path).catch(() => undefined);
    return found?.isFile() === true ? { path, bytes: found.size } : undefined;
  }

  async function held(): Promise<{ digest: string; bytes: number; links: number }[]> {
    const names = (await readdir(blobs).catch(() => [])).filter((name) => DIGEST.test(name));
    const found = await Promise.all(
      names.map(async (digest) => ({ digest, file: await stat(join(blobs, digest)).catch(() => undefined) })),
    );
    return found.flatMap(({ digest, file }) =>
      file === undefined ? [] : [{ digest, bytes: file.size, links: file.nlink }],
    );
  }

  /** This one and those that came before it: of two that do not fit together, the first one does. */
  function upTo(claim: Claim): Claim[] {
    const all = [...claims];
    return all.slice(0, all.indexOf(claim) + 1);
  }

  async function findFresh(digest: string): Promise<UploadedBlob | undefined> {
    const found = await find(digest);
    if (found !== undefined) freshAt.set(digest, clock.monotonic());
    return found;
  }

  function isUnused(digest: string): boolean {
    const named = inUse();
    return named?.has(digest) === false && ![...claims].some((claim) => claim.digest === digest);
  }

  const isFresh = (digest: string): boolean =>
    clock.monotonic() - (freshAt.get(digest) ?? -Infinity) < FRESH_MS;

  async function removeIfUnused(digest: string): Promise<void> {
    if (!isUnused(digest)) return;
    freshAt.delete(digest);
    await rm(join(blobs, digest), { force: true });
  }

  async function removeStale(): Promise<void> {
    for (const { digest } of await held()) if (!isFresh(digest)) await removeIfUnused(digest);
  }

  /** Bytes over the bound, of the files that are here and these claims; one that comes twice at once counts once. */
  async function overBound(claimed: readonly Claim[]): Promise<number> {
    const sizes = new Map<string, number>();
    for (const { digest, bytes } of [...(await held()), ...claimed])
      sizes.set(digest, Math.max(bytes, sizes.get(digest) ?? 0));
    return sum([...sizes.values()]) - maxBytes;
  }

  async function refuseOverBound(digest: string, claimed: readonly Claim[]): Promise<void> {
    if ((await overBound(claimed)) > 0) await removeStale();
    const over = await overBound(claimed);
    if (over > 0) throw overBoundRefusal(digest, { maxBytes, overBytes: over });
  }

  async function shortOfDisk(claimed: readonly Claim[]): Promise<FreeDisk & { short: number }> {
    const disk = await readFreeDisk(folder, reserveBytes);
    const toCome = sum(claimed.map(({ bytes, written }) => bytes - written));
    return { ...disk, short: toCome + disk.reserveBytes - disk.freeBytes };
  }

  async function refuseWithoutDisk(digest: string, claimed: readonly Claim[]): Promise<void> {
    if ((await shortOfDisk(claimed)).short > 0) await removeStale();
    const disk = await shortOfDisk(claimed);
    if (disk.short > 0) throw shortOfDiskRefusal(digest, disk);
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
        await refuseOverBound(digest, [...claims]);
      }
      // What the fleet pulls meanwhile goes before.
      await refuseWithoutDisk(digest, upTo(claim));
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
    if (found !== digest) throw mismatchRefusal(digest, { found, bytes: claim.written });
    await file.sync();
  }

  const receive: UploadedBlobs['receive'] = async ({ digest, pieces, bytes = 0, signal }) => {
    if (!DIGEST.test(digest)) throw noDigestRefusal();
    const there = await findFresh(digest);
    if (there !== undefined) return there;
    await makeFolder(blobs);
    await makeFolder(arriving);
    if (claims.size >= MOST_AT_ONCE) throw tooManyRefusal(digest, MOST_AT_ONCE);
    const claim = { digest, bytes, written: 0 };
    claims.add(claim);
    const path = join(arriving, `${digest}.${randomBytes(6).toString('hex')}`);
    try {
      await refuseOverBound(digest, upTo(claim));
      await refuseWithoutDisk(digest, upTo(claim));
      {
        await using file = await open(path, 'wx', 0o600);
        const paced = inPace(pieces, { bytes: WRITE_BYTES, withinMs: PACE_MS, clock, signal });
        await write({ file, path, digest, pieces: paced, claim });
      }
      await rename(path, join(blobs, digest));
      freshAt.set(digest, clock.monotonic());
      await syncFolder(blobs);
    } catch (error) {
      await rm(path, { force: true });
      throw isFlotillaError(error) ? error : cutOffRefusal(digest, error);
    } finally {
      claims.delete(claim);
    }
    return { path: join(blobs, digest), bytes: claim.written };
  };

  return {
    find: findFresh,
    receive,
    async adopt({ digest, path, signal }) {
      if (!DIGEST.test(digest)) throw noDigestRefusal();
      const there = await findFresh(digest);
      if (there !== undefined) return there;
      await makeFolder(blobs);
      const size = (await stat(path).catch(() => undefined))?.size;
      if (size === undefined) throw goneRefusal(digest);
      // A second name takes no disk, but it will once the first one is gone.
      const claim = { digest, bytes: size, written: size };
      claims.add(claim);
      try {
        await refuseOverBound(digest, upTo(claim));
        await refuseWithoutDisk(digest, upTo(claim));
        await link(path, join(blobs, digest));
        await syncFolder(blobs);
        return { path: join(blobs, digest), bytes: size };
      } catch (error) {
        if (systemCode(error) === 'EEXIST') return { path: join(blobs, digest), bytes: size };
        if (systemCode(error) === 'ENOENT') throw goneRefusal(digest);
        if (isFlotillaError(error) || !HAS_NO_LINKS.has(systemCode(error) ?? '')) throw error;
      } finally {
        claims.delete(claim);
      }
      return receive({ digest, pieces: createReadStream(path), bytes: size, signal });
    },
    async discard(digest) {
      if (DIGEST.test(digest)) await removeIfUnused(digest);
    },
    async collectGarbage() {
      await makeFolder(blobs);
      await makeFolder(arriving);
      await removeStale();
      if (claims.size > 0) return;
      for (const name of await readdir(arriving)) await rm(join(arriving, name), { force: true });
    },
    async unusedBytes() {
      // One with a second name elsewhere would free nothing.
      const unused = (await held()).filter(({ digest, links }) => links === 1 && isUnused(digest));
      return sum(unused.map(({ bytes }) => bytes));
    },
    async dropUnused() {
      for (const { digest } of await held()) await removeIfUnused(digest);
    },
  };
}

/** Of a file system that gives a file no second name, or not across its border. */
const HAS_NO_LINKS: ReadonlySet<string> = new Set(['EXDEV', 'EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK']);
