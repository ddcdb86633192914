import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Files of the kernel under a root: `/` on the machine itself, a recorded tree in tests. */
export interface KernelFiles {
  /** Text of a file such as `proc/meminfo`; undefined when there is none or this user may not read it. */
  text(path: string): Promise<string | undefined>;
  /** Names in a folder; empty when there is none. */
  names(path: string): Promise<string[]>;
}

export function kernelFiles(root = '/'): KernelFiles {
  return {
    text: (path) => readFile(join(root, path), 'utf8').catch(() => undefined),
    names: (path) => readdir(join(root, path)).catch(() => []),
  };
}

/** The text of a file without its end of line (device trees end theirs with a zero byte); undefined for none or empty. */
export async function line(files: KernelFiles, path: string): Promise<string | undefined> {
  const text = (await files.text(path))?.replace(/\0/g, '').trim();
  return text === '' ? undefined : text;
}
