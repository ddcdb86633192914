import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

import { FlotillaError } from '@flotilla/contracts';

import { fileError, systemCode } from './file-error.ts';
import { syncFolder } from './write-file-atomic.ts';

const NOT_A_FOLDER = 'it is a file, or lies inside one';

/**
 * Makes a folder and those above it where missing, each with mode 0700, and keeps them through a power cut.
 * Not by `recursive` of Node: below a folder that takes no new one and says `ENOENT` for it, as `/proc` does, that never ends.
 *
 * Throws `invalid-config` where the path is a file or lies inside one, `forbidden` or `disk-full` where it cannot be made.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    if (await isFolder(path)) return;
    const parent = dirname(path);
    if (parent !== path) await makeFolder(parent);
    await mkdir(path, { mode: 0o700 }).catch(async (error: unknown) => {
      if (systemCode(error) !== 'EEXIST' || !(await stat(path)).isDirectory()) throw error;
    });
    await syncFolder(parent);
  } catch (error) {
    if (systemCode(error) === 'EEXIST' || systemCode(error) === 'ENOTDIR') throw unusable(path, NOT_A_FOLDER);
    if (systemCode(error) === 'ENOENT') throw unusable(path, 'no folder can be made there');
    throw error instanceof FlotillaError ? error : fileError({ error, path, doing: 'Making the folder' });
  }
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (found !== undefined && !found.isDirectory()) throw unusable(path, NOT_A_FOLDER);
  return found !== undefined;
}

function unusable(path: string, why: string): FlotillaError {
  return new FlotillaError('invalid-config', `${path} cannot hold data: ${why}.`, {
    details: { about: path, fix: 'Choose another data folder.' },
  });
}
