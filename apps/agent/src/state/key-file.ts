import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

import { FlotillaError, TimeMs } from '@flotilla/contracts';
import { readJsonFile, systemCode, writeJsonFile } from '@flotilla/platform-files';
import { z } from 'zod';

/** The name of a key: what the queue, the log and the metrics call its app. */
export const KeyName = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/,
    'must be lower-case letters, digits, . _ or -, at most 64',
  );

/** Keys of a higher one go before all of lower ones, in the queue and in the engine. */
export const KeyPriority = z.int().min(-100).max(100);

const KeyRow = z.object({
  id: KeyName,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  createdAt: TimeMs,
  expiresAt: TimeMs.optional(),
  requestsPerMinute: z.int().min(1).optional(),
  parallel: z.int().min(1).optional(),
  priority: KeyPriority.optional(),
});
export type KeyRow = z.infer<typeof KeyRow>;
const File = z.object({ v: z.literal(1), keys: z.array(KeyRow) });

/** The keys of local apps, hashed, in a file of mode 600. Each call reads what is on the disk now. */
export interface KeyFile {
  list(): Promise<readonly KeyRow[]>;
  /** Throws `already-exists` for a name in use. */
  add(row: KeyRow): Promise<void>;
  /** Throws `not-found`. */
  remove(id: string): Promise<void>;
}

export function createKeyFile({ path }: { path: string }): KeyFile {
  let read: { stamp: string; keys: readonly KeyRow[] } | undefined;

  /** Changes with every write of the file; undefined where there is none. */
  async function stampOf(): Promise<string | undefined> {
    try {
      const { mtimeMs, size, ino } = await stat(path);
      return `${mtimeMs} ${size} ${ino}`;
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  async function list(): Promise<readonly KeyRow[]> {
    const stamp = await stampOf();
    if (stamp === undefined) return [];
    if (read?.stamp !== stamp) read = { stamp, keys: (await readJsonFile(path, File))?.keys ?? [] };
    return read.keys;
  }

  return {
    list,
    async add(row) {
      const keys = await list();
      if (keys.some(({ id }) => id === row.id))
        throw new FlotillaError('already-exists', `There is a key \`${row.id}\` already.`, {
          details: { about: row.id, fix: 'Revoke it first, or choose another name.' },
        });
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await writeJsonFile(path, { v: 1, keys: [...keys, row] });
    },
    async remove(id) {
      const keys = await list();
      const rest = keys.filter((row) => row.id !== id);
      if (rest.length === keys.length)
        throw new FlotillaError('not-found', `There is no key \`${id}\`.`, { details: { about: id } });
      await writeJsonFile(path, { v: 1, keys: rest });
    },
  };
}
