import { rename, stat } from 'node:fs/promises';

import { isFlotillaError } from '@flotilla/contracts';
import { readJsonFile, writeJsonFile } from '@flotilla/platform-files';
import { z } from 'zod';
import { LocalModel } from './local-model.ts';

const File = z.object({ v: z.literal(1), models: z.array(LocalModel) });

export interface LocalIndex {
  /**
   * The models that were made here; none where there is no file. One that cannot be read is set aside under another
   * name, and `damaged` says why. `setAside`: where such a one lies, of this start or an earlier one.
   */
  read(): Promise<{ models: LocalModel[]; damaged?: Error; setAside?: string }>;
  /** Throws `disk-full`; what was written before then stands. */
  write(models: readonly LocalModel[]): Promise<void>;
}

/** The list of local models, in a file of mode 600. */
export function createLocalIndex({ path }: { path: string }): LocalIndex {
  const setAside = `${path}.damaged`;
  return {
    async read() {
      try {
        const models = (await readJsonFile(path, File))?.models ?? [];
        const isThere = await stat(setAside).catch(() => undefined);
        return { models, ...(isThere === undefined ? {} : { setAside }) };
      } catch (error) {
        if (!isFlotillaError(error) || error.code !== 'corrupt-file') throw error;
        await rename(path, setAside);
        return { models: [], damaged: error, setAside };
      }
    },
    write: (models) => writeJsonFile(path, { v: 1, models }),
  };
}
