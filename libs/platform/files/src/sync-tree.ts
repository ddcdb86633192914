import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { syncFolder } from './write-file-atomic.ts';

/**
 * Puts every file below a folder, and the folders themselves, on the disk: what was copied or rewritten survives a
 * power cut from the moment this returns.
 *
 * @param options.except names directly below the folder that are left alone.
 */
export async function syncTree(
  path: string,
  { except }: { except?: ReadonlySet<string> } = {},
): Promise<void> {
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (except?.has(entry.name)) continue;
    if (entry.isDirectory()) await syncTree(join(path, entry.name));
    else if (entry.isFile()) await syncFile(join(path, entry.name));
  }
  await syncFolder(path);
}

async function syncFile(path: string): Promise<void> {
  // Windows flushes only what may be written; elsewhere a file that is read-only to us can be flushed too.
  const file = await open(path, process.platform === 'win32' ? 'r+' : 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
