import { rename } from 'node:fs/promises';

import { isFlotillaError } from '@flotilla/contracts';
import { readJsonFile, writeJsonFile } from '@flotilla/platform-files';
import { z } from 'zod';
import { LocalModel } from './local-model.ts';

const File = z.object({ v: z.literal(1), models: z.array(LocalModel) });

export interface LocalIndex {
  /**
   * The models that were made here; none where there is no file. One that cannot be read is set aside under another
   * name, and `damaged` says which.
   */
  read(): Promise<{ models: LocalModel[]; damaged?: { path: string; cause: Error } }>;
  /** Throws `disk-full`; what was written before then stands. */
  write(models: readonly LocalModel[]): Promise<void>;
}

/** The list of local models, in a file of mode 600. */
export function createLocalIndex({ path }: { path: string }): LocalIndex {
  return {
    async read() {
      try {
        return { models: (await readJsonFile(path, File))?.models ?? [] };
      } catch (error) {
        if (!isFlotillaError(error) || error.code !== 'corrupt-file') throw error;
        const aside = `${path}.damaged`;
        await rename(path, aside);
        return { models: [], damaged: { path: aside, cause: error } };
      }
    },
    write: (models) => writeJsonFile(path, { v: 1, models }),
  };
}
