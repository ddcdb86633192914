import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { FlotillaError } from '@flotilla/contracts';

import { fileError, systemCode } from './file-error.ts';
import { LOCK_FILES } from './folder-lock.ts';
import { syncTree } from './sync-tree.ts';
import { syncFolder } from './write-file-atomic.ts';

/** Turns the folder at `path` from one format into the next. */
export type Migration = (path: string) => Promise<void>;

const BACKUPS = 'backups';
const copyName = (format: number): string => `format-${format}`;
const openName = (format: number): string => `format-${format}.migrating`;

interface MigrateOptions {
  path: string;
  from: number;
  to: number;
  migrations: Record<number, Migration>;
  notCopied: readonly string[];
  /** Writes the new format number: from that moment the migration counts as done. */
  commit: () => Promise<void>;
}

/**
 * Copies the folder, runs the migrations one after another, commits.
 *
 * The copy keeps the name `format-N.migrating` until the format number is written, so that finding one beside the
 * old number means: a migration was cut off half-way, and what lies around is neither old nor new.
 */
export async function migrateFolder({
  path,
  from,
  to,
  migrations,
  notCopied,
  commit,
}: MigrateOptions): Promise<void> {
  const steps: Migration[] = [];
  for (let format = from; format < to; format += 1) {
    const step = migrations[format];
    if (!step) {
      throw new FlotillaError(
        'conflict',
        `The data folder ${path} has format ${from}, which this version cannot migrate.`,
        {
          details: {
            about: path,
            fix: `Run a version that turns format ${format} into ${format + 1} first.`,
          },
        },
      );
    }
    steps.push(step);
  }
  if (!(await restoreInterrupted({ path, format: from, notCopied })))
    await makeCopy({ path, format: from, notCopied });
  for (const step of steps) await step(path);
  await syncTree(path, { except: keptNames(notCopied) });
  await commit();
}

/**
 * Puts the files back as they were before a migration from this format that was cut off.
 *
 * @returns false where there was none.
 */
export async function restoreInterrupted({ path, format, notCopied }: Source): Promise<boolean> {
  const copy = join(path, BACKUPS, openName(format));
  if (!(await exists(copy))) return false;
  const kept = keptNames(notCopied);
  try {
    for (const name of await readdir(path)) {
      if (!kept.has(name)) await rm(join(path, name), { recursive: true, force: true });
    }
    await copyEntries({ from: copy, to: path, kept });
  } catch (error) {
    throw fileError({ error, path, doing: 'Restoring the data folder' });
  }
  return true;
}

/** Gives the copies of finished migrations their final name; the last copy of a format replaces an earlier one. */
export async function settleMigration({
  path,
  formatVersion,
}: {
  path: string;
  formatVersion: number;
}): Promise<void> {
  const backups = join(path, BACKUPS);
  for (let format = 1; format <= formatVersion; format += 1) {
    if (!(await exists(join(backups, openName(format))))) continue;
    await rm(join(backups, copyName(format)), { recursive: true, force: true });
    await rename(join(backups, openName(format)), join(backups, copyName(format)));
  }
}

interface Source {
  path: string;
  format: number;
  notCopied: readonly string[];
}

function keptNames(notCopied: readonly string[]): Set<string> {
  return new Set([BACKUPS, ...LOCK_FILES, ...notCopied]);
}

async function makeCopy({ path, format, notCopied }: Source): Promise<void> {
  const copy = join(path, BACKUPS, openName(format));
  const partial = `${copy}.partial`;
  try {
    await mkdir(join(path, BACKUPS), { recursive: true, mode: 0o700 });
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { mode: 0o700 });
    await copyEntries({ from: path, to: partial, kept: keptNames(notCopied) });
    await syncTree(partial);
    await rename(partial, copy);
    await syncFolder(join(path, BACKUPS));
  } catch (error) {
    throw fileError({ error, path: copy, doing: 'Copying the data folder to' });
  }
}

async function copyEntries({
  from,
  to,
  kept,
}: {
  from: string;
  to: string;
  kept: Set<string>;
}): Promise<void> {
  for (const name of await readdir(from)) {
    if (kept.has(name)) continue;
    await cp(join(from, name), join(to, name), {
      recursive: true,
      preserveTimestamps: true,
      verbatimSymlinks: true,
    });
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await readdir(path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}
