import { spawn } from 'node:child_process';
import { existsSync, globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FlotillaError } from '@flotilla/contracts';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const CONSOLE = join(ROOT, 'apps/console');
const SOURCES = [
  'apps/console/{src,public}/**/*',
  'apps/console/*.{html,ts,json}',
  'libs/{contracts,api-client}/src/**/*',
  'package-lock.json',
];

/** The built console is older than what it is built from, or missing. */
export function consoleIsStale(): boolean {
  const built = join(CONSOLE, 'dist/index.html');
  if (!existsSync(built)) return true;
  const builtAt = statSync(built).mtimeMs;
  return SOURCES.some((pattern) =>
    globSync(pattern, { cwd: ROOT }).some((file) => statSync(join(ROOT, file)).mtimeMs > builtAt),
  );
}

/** Builds the console with Vite. @throws FlotillaError with what Vite printed. */
export function buildConsole(): Promise<void> {
  return new Promise((resolve, reject) => {
    const vite = spawn(
      process.execPath,
      [join(ROOT, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn'],
      { cwd: CONSOLE },
    );
    let printed = '';
    for (const stream of [vite.stdout, vite.stderr])
      stream.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    vite.once('error', reject);
    vite.once('exit', (code) =>
      code === 0
        ? resolve()
        : reject(new FlotillaError('internal', `The console could not be built:\n${printed}`)),
    );
  });
}
