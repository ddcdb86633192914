import { Desired } from '@flotilla/contracts';
import { CurrentDocument, RollbackDocument, type Documents } from '@flotilla/agent-reconcile';
import { readJsonFile, writeJsonFile } from '@flotilla/platform-files';
import { z } from 'zod';
import type { DataPaths } from './data-paths.ts';

const DesiredFile = z.object({ v: z.literal(1), desired: Desired });

export interface DocumentFiles extends Documents {
  writeDesired(desired: Desired): Promise<void>;
}

/**
 * `desired.json`, `current.json` and `rollback.json`. Only what was verified is ever written to the first one.
 * A desired document of another device, left by an earlier identity, does not count.
 */
export function createDocumentFiles({
  paths,
  deviceId,
}: {
  paths: Pick<DataPaths, 'desired' | 'current' | 'rollback'>;
  /** Undefined before a join: then nothing is desired. */
  deviceId: string | undefined;
}): DocumentFiles {
  return {
    async readDesired() {
      const file = await readJsonFile(paths.desired, DesiredFile);
      return file?.desired.deviceId === deviceId ? file?.desired : undefined;
    },
    writeDesired: (desired) => writeJsonFile(paths.desired, { v: 1, desired }),
    readCurrent: async () => (await readJsonFile(paths.current, CurrentDocument)) ?? { v: 1, services: [] },
    readRollback: async () =>
      (await readJsonFile(paths.rollback, RollbackDocument)) ?? { v: 1, services: [], failed: [] },
    writeCurrent: (document) => writeJsonFile(paths.current, document),
    writeRollback: (document) => writeJsonFile(paths.rollback, document),
  };
}
