import { join } from 'node:path';

/** The absolute path of a file of this package, from source and from a build alike. */
export function packageFile(...parts: string[]): string {
  return join(import.meta.dirname, '..', ...parts);
}
