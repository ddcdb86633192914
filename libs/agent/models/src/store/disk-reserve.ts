import { statfs } from 'node:fs/promises';

import { fileError } from '@flotilla/platform-files';

/** What of a file system is free, and what of that models must leave, in bytes. */
export interface FreeDisk {
  freeBytes: number;
  /** 512 MB, or 5 % of a smaller file system. */
  reserveBytes: number;
}

/** Looks at the file system of an existing folder; `reserveBytes` is taken in place of the default. */
export async function readFreeDisk(folder: string, reserveBytes?: number): Promise<FreeDisk> {
  try {
    const { bavail, blocks, bsize } = await statfs(folder);
    return {
      freeBytes: bavail * bsize,
      reserveBytes: Math.round(reserveBytes ?? Math.min(512_000_000, blocks * bsize * 0.05)),
    };
  } catch (error) {
    throw fileError({ error, path: folder, doing: 'Measuring the free space of' });
  }
}
