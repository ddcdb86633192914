import { readdir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { isFlotillaError } from '@flotilla/contracts';
import type { Clock } from '@flotilla/kernel';
import { readJsonFile, writeJsonFile } from '@flotilla/platform-files';
import { z } from 'zod';
import { LocalModel } from './local-model.ts';

const File = z.object({ v: z.literal(1), models: z.array(LocalModel) });

export interface LocalIndex {
  /**
   * The models that were made here; none where there is no file. One that cannot be read is set aside under a name with
   * the time, and `damaged` says why. `setAside`: where such a one lies, of this start or an earlier one.
   */
  read(): Promise<{ models: LocalModel[]; damaged?: Error; setAside?: string }>;
  /** Throws `disk-full`; what was written before then stands. */
  write(models: readonly LocalModel[]): Promise<void>;
}

/** The list of local models, in a file of mode 600. */
export function createLocalIndex({ path, clock }: { path: string; clock: Pick<Clock, 'now'> }): LocalIndex {
  const damagedPrefix = `${path}.damaged`;

  async function findSetAside(): Promise<string | undefined> {
    const names = await readdir(dirname(path)).catch(() => []);
    const newest = names
      .filter((name) => name.startsWith(basename(damagedPrefix)))
      .sort()
      .at(-1);
    return newest === undefined ? undefined : join(dirname(path), newest);
  }

  return {
    async read() {
      try {
        const models = (await readJsonFile(path, File))?.models ?? [];
        const setAside = await findSetAside();
        return { models, ...(setAside === undefined ? {} : { setAside }) };
      } catch (error) {
        if (!isFlotillaError(error) || error.code !== 'corrupt-file') throw error;
        const setAside = `${damagedPrefix}-${new Date(clock.now()).toISOString().replaceAll(':', '-')}`;
        await rename(path, setAside);
        return { models: [], damaged: error, setAside };
      }
    },
    write: (models) => writeJsonFile(path, { v: 1, models }),
  };
}
