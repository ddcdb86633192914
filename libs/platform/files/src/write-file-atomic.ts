import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { fileError, systemCode } from './file-error.ts';

export interface WriteFileOptions {
  /** Permission bits of the file, whatever the umask. Default 0o600: most of what we write is nobody else's business. */
  mode?: number;
}

/**
 * Writes a file so that after a crash or power cut at any moment the path holds either the old bytes or the new ones,
 * and so that a return means the new ones are on the disk.
 *
 * Throws `disk-full` and the other codes of a file operation; the old file is then untouched and no temporary one is left.
 */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array,
  { mode = 0o600 }: WriteFileOptions = {},
): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, temporaryName(basename(path)));
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.chmod(mode);
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await renameOver(temporary, path);
    await syncFolder(folder);
  } catch (error) {
    await rm(temporary, { force: true });
    throw fileError({ error, path, doing: 'Writing' });
  }
}

/** Makes renames and new names in a folder survive a power cut. Windows has no such call and does without. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const TEMPORARY = /^\..+\.[0-9a-f]{12}\.tmp$/;

function temporaryName(name: string): string {
  return `.${name}.${randomBytes(6).toString('hex')}.tmp`;
}

/** Whether a file name is one that an interrupted `writeFileAtomic` left behind. */
export function isTemporaryName(name: string): boolean {
  return TEMPORARY.test(name);
}

async function renameOver(from: string, to: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await rename(from, to);
      return;
    } catch (error) {
      // On Windows a virus scanner or indexer may hold the target open for a moment.
      const busy = ['EPERM', 'EACCES', 'EBUSY'].includes(systemCode(error) ?? '');
      if (process.platform !== 'win32' || !busy || attempt === 9) throw error;
      await wait(10 * 2 ** attempt);
    }
  }
}
