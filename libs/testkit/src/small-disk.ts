import { spawnSync } from 'node:child_process';

import { tempFolder } from './temp-folder.ts';

export interface SmallDisk extends AsyncDisposable {
  readonly path: string;
  /** The absolute path of a name inside. */
  file(...segments: string[]): string;
  remove(): Promise<void>;
}

/**
 * A file system in memory that holds so many bytes and no more, for tests of a full disk. Undefined where this user
 * may not mount one (anybody but root on Linux): such a test is skipped there, by name.
 */
export async function smallDisk({ bytes }: { bytes: number }): Promise<SmallDisk | undefined> {
  const folder = await tempFolder({ name: 'small-disk' });
  const options = `size=${bytes},mode=0700`;
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder.path], {
    stdio: 'ignore',
  });
  if (mounted.status !== 0) {
    await folder.remove();
    return undefined;
  }
  const remove = async (): Promise<void> => {
    spawnSync('umount', ['--lazy', folder.path], { stdio: 'ignore' });
    await folder.remove();
  };
  return {
    path: folder.path,
    file: (...segments) => folder.file(...segments),
    remove,
    [Symbol.asyncDispose]: remove,
  };
}
