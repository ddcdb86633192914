// What `npm start` and `npm test` need before anything is installed: no dependency, any Node from 20.19 on.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const STAMP = join(ROOT, 'node_modules', '.flotilla-installed');
const WINDOWS = process.platform === 'win32';
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** The Node 24 that the npm package `node` brought. */
export const NODE = join(ROOT, 'node_modules', 'node', 'bin', WINDOWS ? 'node.exe' : 'node');

/** Answers `--help`, and refuses a flag that the help does not know, before a minute goes into an install. */
export function checkFlags(helpFile, args) {
  const help = readFileSync(join(ROOT, helpFile), 'utf8');
  if (args.includes('--help') || args.includes('-h')) {
    console.log(help);
    process.exit(0);
  }
  const known = new Set(help.match(/--[a-z][a-z-]*/g));
  const odd = args.find((arg) => arg.startsWith('--') && !known.has(arg.split('=')[0]));
  if (odd !== undefined) fail(`There is no flag ${odd}.\n\n${help}`, 2);
}

/**
 * Installs what the lockfile names, unless that very lockfile was installed on this platform before.
 * Only the package `node` gets its install script: it links the Node 24 binary; no other package needs one.
 */
export async function ensureInstalled() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    fail(`Node ${process.versions.node} is too old: Flotilla needs 20.19 or newer to install itself.`);
  }
  if (isInstalled()) return;
  const unlock = await lockInstall();
  try {
    if (isInstalled()) return;
    const started = Date.now();
    const seconds = () => Math.round((Date.now() - started) / 1000);
    const ticker = sayEvery(seconds);
    rmSync(STAMP, { force: true });
    await npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
    await npm(['rebuild', 'node', '--loglevel=error']);
    ticker.stop();
    if (!existsSync(NODE))
      fail(`The package \`node\` did not bring a binary for ${process.platform}-${process.arch}.`);
    writeFileSync(STAMP, wantedStamp());
    console.log(`Installed in ${seconds()} s.`);
  } finally {
    unlock();
  }
}

function wantedStamp() {
  return createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .update(`${process.platform}-${process.arch}`)
    .digest('hex');
}

function isInstalled() {
  return existsSync(NODE) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wantedStamp();
}

/** Two installs into one folder destroy each other: the second waits for the first, unless that one is gone. */
async function lockInstall() {
  const file = join(
    tmpdir(),
    `flotilla-install-${createHash('sha256').update(ROOT).digest('hex').slice(0, 16)}.pid`,
  );
  for (let said = false; ; said = true) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (!isAlive(Number(readFileSync(file, 'utf8')))) {
      rmSync(file, { force: true });
      continue;
    }
    if (!said) console.log('Waiting for another install into this folder ...');
    await delay(500);
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** A line that counts on a terminal, a line now and then elsewhere. */
function sayEvery(seconds) {
  const text = 'Installing dependencies (a minute or two on a fresh clone)';
  if (!process.stdout.isTTY) {
    console.log(`${text} ...`);
    const timer = setInterval(() => console.log(`Still installing, ${seconds()} s ...`), 30_000);
    return { stop: () => clearInterval(timer) };
  }
  const timer = setInterval(() => process.stdout.write(`\r${text} ... ${seconds()} s`), 1_000);
  return {
    stop: () => {
      clearInterval(timer);
      process.stdout.write('\r\x1b[K');
    },
  };
}

/**
 * Runs npm; what ends us ends it too, so that no install goes on behind the next one's back. At once, since npm answers
 * a signal only after it has unpacked everything, to take it all back then; the next install starts anew in any case.
 */
async function npm(args) {
  const child = spawn(WINDOWS ? 'npm.cmd' : 'npm', args, {
    cwd: ROOT,
    shell: WINDOWS,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += chunk));
  const end = () => {
    child.once('close', () => process.exit(130));
    child.kill('SIGKILL');
  };
  for (const signal of SIGNALS) process.on(signal, end);
  const code = await new Promise((resolve) => {
    child.once('error', (error) => resolve((printed += error.message)));
    child.once('close', resolve);
  });
  for (const signal of SIGNALS) process.off(signal, end);
  if (code !== 0) fail(`npm ${args.join(' ')} failed:\n${printed}`);
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
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
}

function fail(message, code = 1) {
  console.error(message);
  process.exit(code);
}

// Run by itself it only installs, as .ci/run does.
if (process.argv[1] === fileURLToPath(import.meta.url)) await ensureInstalled();
