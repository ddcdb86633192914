import { readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';

import { lockFolder } from './folder-lock.ts';
import { readJsonFile, writeJsonFile } from './json-file.ts';
import { makeFolder } from './make-folder.ts';
import { migrateFolder, restoreInterrupted, settleMigration, type Migration } from './migrate-folder.ts';
import { isTemporaryName } from './write-file-atomic.ts';

const FORMAT_FILE = 'format.json';
const Format = z.object({ format: z.int().min(1) });

export interface DataFolderOptions {
  path: string;
  /** The format this program writes: 1, 2, 3, ... */
  formatVersion: number;
  /** `migrations[n]` turns format n into n + 1. Each one from the first format ever published must be there. */
  migrations?: Record<number, Migration>;
  /**
   * Top-level names that are not copied before a migration, and that migrations therefore must not change:
   * content-addressed blobs, which would double the disk. Default: none.
   */
  notCopied?: readonly string[];
}

/** A locked folder of the format this program writes. */
export interface DataFolder {
  /** Absolute. */
  readonly path: string;
  /** The older format it had when it was opened; undefined where nothing was migrated. */
  readonly migratedFrom: number | undefined;
  /** The absolute path of a name inside. */
  file(...segments: string[]): string;
  /** The absolute path of a folder inside, made with mode 0700 where missing. */
  folder(...segments: string[]): Promise<string>;
  /** Gives the lock back. Safe to repeat. */
  close(): void;
}

/**
 * Makes the folder where missing (mode 0700), locks it against a second process, and brings it to the wanted format.
 *
 * Throws `data-folder-locked` where another process has it, `data-folder-newer` where a newer program wrote it,
 * `forbidden` or `disk-full` where it cannot be written. An older format is migrated after a copy into
 * `backups/format-N`; a migration that was interrupted starts again from that copy.
 */
export async function openDataFolder({
  path: givenPath,
  formatVersion,
  migrations = {},
  notCopied = [],
}: DataFolderOptions): Promise<DataFolder> {
  const path = resolve(givenPath);
  await makeFolder(path);
  const unlock = await lockFolder(path);
  try {
    const found = (await readJsonFile(join(path, FORMAT_FILE), Format))?.format;
    const writeFormat = () => writeJsonFile(join(path, FORMAT_FILE), { format: formatVersion });
    if (found === undefined) {
      await writeFormat();
    } else if (found > formatVersion) {
      throw new FlotillaError(
        'data-folder-newer',
        `The data folder ${path} has format ${found}; this version reads up to ${formatVersion}.`,
        { details: { about: path, fix: 'Run the newer version again, or choose another data folder.' } },
      );
    } else if (found < formatVersion) {
      await migrateFolder({
        path,
        from: found,
        to: formatVersion,
        migrations,
        notCopied,
        commit: writeFormat,
      });
    } else {
      await restoreInterrupted({ path, format: found, notCopied }); // a newer program began to migrate and was cut off
    }
    await settleMigration({ path, formatVersion });
    await removeTemporaryFiles(path);
    return {
      path,
      migratedFrom: found === formatVersion ? undefined : found,
      file: (...segments) => join(path, ...segments),
      folder: async (...segments) => {
        const folder = join(path, ...segments);
        await makeFolder(folder);
        return folder;
      },
      close: unlock,
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

async function removeTemporaryFiles(path: string): Promise<void> {
  for (const name of await readdir(path))
    if (isTemporaryName(name)) await rm(join(path, name), { force: true });
}
