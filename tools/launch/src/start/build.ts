import { spawn } from 'node:child_process';
import { existsSync, globSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FlotillaError } from '@flotilla/contracts';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

/** Something that is built from sources, with the file whose time says when. */
interface Product {
  names: readonly string[];
  /** Below the root; older than any source means stale. */
  stamp: string;
  sources: readonly string[];
  command: readonly string[];
  folder: string;
}

/** Compiled, the agent takes a third less memory than from source: Node's type stripper stays loaded. */
const APPS: Product = {
  names: ['agent', 'control plane'],
  stamp: 'apps/control-plane/dist/.built',
  sources: [
    'apps/{agent,control-plane}/src/**/*',
    'libs/**/src/**/*.ts',
    'tsconfig.base.json',
    'package-lock.json',
  ],
  command: [
    'node_modules/typescript/bin/tsc6',
    '-b',
    'apps/agent/tsconfig.lib.json',
    'apps/control-plane/tsconfig.lib.json',
  ],
  folder: '.',
};

const CONSOLE: Product = {
  names: ['console'],
  stamp: 'apps/console/dist/.built',
  sources: [
    'apps/console/{src,public}/**/*',
    'apps/console/*.{html,ts,json}',
    'libs/{contracts,api-client,kernel}/src/**/*',
    'package-lock.json',
  ],
  command: ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn'],
  folder: 'apps/console',
};

/** `agent, control plane, and console` */
export function inWords(products: readonly Product[]): string {
  return new Intl.ListFormat('en').format(products.flatMap(({ names }) => names));
}

/** Builds the console where it is older than its sources. */
export const buildConsole = (): Promise<void> => build(CONSOLE);

/** What must be built before a start. */
export function staleProducts(): Product[] {
  return [APPS, CONSOLE].filter(isStale);
}

/** The signal ends the compilers too. */
export async function buildAll(products: readonly Product[], signal: AbortSignal): Promise<void> {
  await Promise.all(products.map((product) => build(product, signal)));
}

function isStale({ stamp, sources }: Product): boolean {
  const file = join(ROOT, stamp);
  if (!existsSync(file)) return true;
  const builtAt = statSync(file).mtimeMs;
  const exclude = ['**/node_modules/**', '**/dist/**'];
  return sources.some((pattern) =>
    globSync(pattern, { cwd: ROOT, exclude }).some((path) => statSync(join(ROOT, path)).mtimeMs > builtAt),
  );
}

async function build(product: Product, signal?: AbortSignal): Promise<void> {
  if (!isStale(product)) return;
  const { stamp, command, folder } = product;
  const [script = '', ...args] = command;
  await new Promise<void>((resolve, reject) => {
    const child = spawn(process.execPath, [join(ROOT, script), ...args], {
      cwd: join(ROOT, folder),
      signal,
    });
    let printed = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0
        ? resolve()
        : reject(new FlotillaError('internal', `The ${inWords([product])} could not be built:\n${printed}`)),
    );
  });
  mkdirSync(dirname(join(ROOT, stamp)), { recursive: true });
  writeFileSync(join(ROOT, stamp), '');
}
