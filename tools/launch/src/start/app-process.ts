import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { FlotillaError } from '@flotilla/contracts';
import { LIGHT_PROCESS } from '@flotilla/kernel';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const STOP_WITH_PARENT = new URL('./stop-with-parent.mjs', import.meta.url).href;

export interface AppProcess {
  /** Rejects with the last lines of the log when the app ends although nobody stopped it. */
  readonly failed: Promise<never>;
  /** Asks it to stop, and kills it when it has not within `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

interface AppProcessOptions {
  name: string;
  /** Path of its main file in the workspace. */
  main: string;
  args: string[];
  /** What it prints is appended here, so that the terminal stays short. */
  logFile: string;
}

/**
 * Starts a built app of the workspace in a process group of its own: Ctrl-C reaches the launcher alone, which
 * stops its apps in order. An app whose launcher was killed stops by itself.
 */
export function startApp({ name, main, args, logFile }: AppProcessOptions): AppProcess {
  const log = openSync(logFile, 'a', 0o600);
  const ownFrom = fstatSync(log).size;
  const child = spawn(
    process.execPath,
    [...LIGHT_PROCESS.nodeFlags, '--import', STOP_WITH_PARENT, `${ROOT}${main}`, ...args],
    {
      cwd: ROOT,
      env: { ...LIGHT_PROCESS.environment, ...process.env },
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
    },
  );
  closeSync(log);
  let stopping = false;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (stopping) return;
      reject(
        new FlotillaError(
          'unavailable',
          `${name} ended (${signal ?? `exit code ${code}`}):\n${lastLines({ file: logFile, from: ownFrom, count: 8 })}`,
          { details: { about: name, fix: `See ${logFile}.` } },
        ),
      );
    });
  });
  failed.catch(() => undefined);
  return {
    failed,
    async stop(graceMs) {
      stopping = true;
      if (hasEnded(child)) return;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await ended;
      clearTimeout(timer);
    },
  };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Of what was written from that byte on: an earlier run's last words explain nothing. */
function lastLines({ file, from, count }: { file: string; from: number; count: number }): string {
  const own = readFileSync(file).subarray(from).toString('utf8');
  return own.trimEnd().split('\n').slice(-count).join('\n');
}

/** Runs an app to its end. @throws FlotillaError `unavailable` with what it printed when it did not end well. */
export function runApp({
  main,
  args,
  signal,
}: {
  main: string;
  args: string[];
  signal: AbortSignal;
}): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [`${ROOT}${main}`, ...args], {
      cwd: ROOT,
      signal,
    });
    let printed = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new FlotillaError('unavailable', printed.trimEnd().split('\n').slice(-12).join('\n')));
    });
  });
}
