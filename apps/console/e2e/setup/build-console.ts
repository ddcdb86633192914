import { fileURLToPath } from 'node:url';
import { tempFolder } from '@flotilla/testkit';
import { build } from 'vite';
import type { TestProject } from 'vitest/node';
import { withoutChromium } from './without-chromium.ts';

declare module 'vitest' {
  interface ProvidedContext {
    consoleFolder: string;
  }
}

/** Builds the console as it is now into a folder of its own, so that no test looks at an old one. */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (withoutChromium) return undefined;
  const folder = await tempFolder({ name: 'console' });
  // The test runner says `test`, which would build React's development half.
  process.env['NODE_ENV'] = 'production';
  await build({
    root: fileURLToPath(new URL('../../', import.meta.url)),
    mode: 'production',
    logLevel: 'warn',
    build: { outDir: folder.path, emptyOutDir: true },
  });
  process.env['NODE_ENV'] = 'test';
  project.provide('consoleFolder', folder.path);
  return () => folder.remove();
}
