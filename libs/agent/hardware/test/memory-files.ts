import type { KernelFiles } from '../src/proc/read-text.ts';

/** Kernel files from a table of path to text. */
export function memoryFiles(texts: Readonly<Record<string, string>>): KernelFiles {
  return {
    text: async (path) => texts[path.replace(/^\/+/, '').replace(/\/+/g, '/')],
    async names(path) {
      const prefix = `${path}/`;
      const below = Object.keys(texts).filter((key) => key.startsWith(prefix));
      return [...new Set(below.map((key) => key.slice(prefix.length).split('/')[0] ?? ''))];
    },
  };
}
