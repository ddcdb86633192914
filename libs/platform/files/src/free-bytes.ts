import { statfs } from 'node:fs/promises';

import { fileError } from './file-error.ts';

/** Bytes that this user may still write on the file system of an existing path. */
export async function freeBytes(path: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch (error) {
    throw fileError({ error, path, doing: 'Measuring the free space of' });
  }
}
