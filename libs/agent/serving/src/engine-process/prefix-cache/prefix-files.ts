import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { chooseGarbage, type KeptState } from '@flotilla/agent-serving-core';
import { FlotillaError } from '@flotilla/contracts';
import type { OneAtATime } from '@flotilla/kernel';
import { hashFile, readJsonFile, syncFolder, writeJsonFile } from '@flotilla/platform-files';
import { PrefixHeader, prefixKey, whyNot, type PrefixIdentity } from './prefix-identity.ts';

export interface PrefixFiles {
  /** Path of a state that is whole and of this identity; undefined where there is none. A bad one is deleted. */
  find(): Promise<string | undefined>;
  /** Lets `write` fill a file and keeps it. Nothing is kept when that throws, or where it is larger than the bound. */
  keep(write: (path: string) => Promise<void>): Promise<void>;
  remove(): Promise<void>;
  /** Deletes what was used longest ago until the folder is within its bound, and what an interrupted write left. */
  collectGarbage(): Promise<void>;
}

const NAME = /^([0-9a-f]{64})\.(state|json)$/;
const PART = /^[0-9a-f]{64}\.[0-9]+\.part$/;
/** A part file this old belongs to no engine that still writes. */
const PART_MS = 3_600_000;

/**
 * The states of system prompts in a folder of mode 700: per identity the file as the library writes it, and beside it a
 * header with its digest. The header is written last, so that a file without one is not whole.
 */
export function createPrefixFiles({
  folder,
  identity,
  tokens,
  mostBytes,
  compute,
  now = Date.now,
}: {
  folder: string;
  identity: PrefixIdentity;
  tokens: number;
  mostBytes: number;
  /** Waits until nothing computes: a step would wait for the disk, which has its worker. */
  compute: OneAtATime;
  now?: () => number;
}): PrefixFiles {
  const key = prefixKey(identity);
  const statePath = join(folder, `${key}.state`);
  const headerPath = join(folder, `${key}.json`);
  /** What the file looked like when its digest was last found right. */
  let verified: string | undefined;

  async function remove(): Promise<void> {
    verified = undefined;
    await removeKey(key);
  }

  async function removeKey(which: string): Promise<void> {
    // The header first: without it nobody takes the state for whole.
    await rm(join(folder, `${which}.json`), { force: true });
    await rm(join(folder, `${which}.state`), { force: true });
  }

  async function find(): Promise<string | undefined> {
    try {
      const look = await lookOf(statePath);
      if (look === undefined) return undefined;
      if (look !== verified) {
        const header = await readJsonFile(headerPath, PrefixHeader);
        const { size } = await stat(statePath);
        const file = { bytes: size, sha256: header?.bytes === size ? await hashFile(statePath) : '' };
        if (
          header === undefined ||
          header.tokens !== tokens ||
          whyNot(header, identity, file) !== undefined
        ) {
          await remove();
          return undefined;
        }
        verified = look;
      }
      await utimes(headerPath, now() / 1_000, now() / 1_000);
      return statePath;
    } catch {
      // Unreadable is as good as absent: the prompt is read anew.
      await remove().catch(() => undefined);
      return undefined;
    }
  }

  async function keep(write: (path: string) => Promise<void>): Promise<void> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const part = join(folder, `${key}.${process.pid}.part`);
    try {
      // Made with its mode before the library, which knows none, fills it.
      await (await open(part, 'w', 0o600)).close();
      await write(part);
      const bytes = await compute(() => syncFile(part));
      if (bytes > mostBytes) throw tooLarge(bytes, mostBytes);
      const header: PrefixHeader = { v: 1, identity, tokens, bytes, sha256: await hashFile(part) };
      await rm(headerPath, { force: true });
      await rename(part, statePath);
      await syncFolder(folder);
      await writeJsonFile(headerPath, header);
      verified = await lookOf(statePath);
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
    await collectGarbage();
  }

  async function collectGarbage(): Promise<void> {
    const states = new Map<string, KeptState>();
    for (const name of await namesIn(folder)) {
      const [, owner] = NAME.exec(name) ?? [];
      const info = await stat(join(folder, name)).catch(() => undefined);
      if (info === undefined) continue;
      if (owner === undefined) {
        if (PART.test(name) && now() - info.mtimeMs > PART_MS) await rm(join(folder, name), { force: true });
        continue;
      }
      const known = states.get(owner) ?? { key: owner, bytes: 0, lastUsedAt: 0 };
      states.set(owner, {
        key: owner,
        bytes: known.bytes + info.size,
        lastUsedAt: Math.max(known.lastUsedAt, info.mtimeMs),
      });
    }
    for (const which of chooseGarbage([...states.values()], { mostBytes, inUse: key }))
      await removeKey(which);
  }

  return { find, keep, remove, collectGarbage };
}

/** Changes whenever somebody wrote to the file or put another in its place; undefined where there is none. */
async function lookOf(path: string): Promise<string | undefined> {
  try {
    const { ino, size, mtimeMs, ctimeMs } = await stat(path);
    return `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
  } catch {
    return undefined;
  }
}

/** Its length, once all of it is on the disk. */
async function syncFile(path: string): Promise<number> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch {
    return [];
  }
}

function tooLarge(bytes: number, mostBytes: number): FlotillaError {
  return new FlotillaError('too-large', `The state has ${bytes} bytes; the folder may hold ${mostBytes}.`);
}
