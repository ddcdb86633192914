import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The absolute path of the first of these programs that can be run, searched in the folders and then in PATH. */
export function findProgram({
  names,
  folders = [],
}: {
  names: readonly string[];
  folders?: readonly string[];
}): string | undefined {
  const inPath = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  // Debian keeps servers in sbin, which is in the PATH of root only.
  for (const folder of [...folders, ...inPath, '/usr/sbin', '/usr/local/sbin']) {
    for (const name of names) {
      const path = join(folder, name);
      if (isExecutable(path)) return path;
    }
  }
  return undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
