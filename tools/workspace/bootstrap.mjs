// What `npm start` and `npm test` need before anything is installed: no dependency, any Node from 20.19 on.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const STAMP = join(ROOT, 'node_modules', '.flotilla-installed');
const WINDOWS = process.platform === 'win32';

/** The Node 24 that the npm package `node` brought. */
export const NODE = join(ROOT, 'node_modules', 'node', 'bin', WINDOWS ? 'node.exe' : 'node');

/**
 * Installs what the lockfile names, unless that very lockfile was installed on this platform before.
 * Only the package `node` gets its install script: it links the Node 24 binary; no other package needs one.
 */
export function ensureInstalled() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    fail(`Node ${process.versions.node} is too old: Flotilla needs 20.19 or newer to install itself.`);
  }
  const wanted = createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .update(`${process.platform}-${process.arch}`)
    .digest('hex');
  if (existsSync(NODE) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return;
  const started = Date.now();
  console.log('Installing dependencies (the first time takes a minute or two) ...');
  npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
  npm(['rebuild', 'node', '--loglevel=error']);
  if (!existsSync(NODE))
    fail(`The package \`node\` did not bring a binary for ${process.platform}-${process.arch}.`);
  writeFileSync(STAMP, wanted);
  console.log(`Installed in ${Math.round((Date.now() - started) / 1000)} s.`);
}

function npm(args) {
  const { status, error, stdout, stderr } = spawnSync(WINDOWS ? 'npm.cmd' : 'npm', args, {
    cwd: ROOT,
    shell: WINDOWS,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) fail(`npm ${args.join(' ')} failed:\n${error?.message ?? ''}${stdout}${stderr}`);
}

/** Runs a TypeScript program of the workspace from source on Node 24 and ends as it ends. */
export function runOnNode24(script, args) {
  const path = [
    join(ROOT, 'node_modules', 'node', 'bin'),
    join(ROOT, 'node_modules', '.bin'),
    process.env.PATH,
  ];
  const child = spawn(NODE, ['--conditions=@flotilla/source', join(ROOT, script), ...args], {
    stdio: 'inherit',
    env: { ...process.env, PATH: path.join(WINDOWS ? ';' : ':') },
  });
  // The terminal sends Ctrl-C to the whole group; the child decides when to end, and we wait for it.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

// Run by itself it only installs, as .ci/run does.
if (process.argv[1] === fileURLToPath(import.meta.url)) ensureInstalled();
