import { spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { findProgram } from '@flotilla/testkit';

/** The real programs that tests drive, and the Debian packages that bring them. */
const PROGRAMS = {
  mosquitto: { names: ['mosquitto'], packages: ['mosquitto', 'mosquitto-clients'] },
  postgres: { names: ['postgres'], packages: ['postgresql'] },
  chromium: { names: ['chromium', 'chromium-browser', 'google-chrome'], packages: ['chromium'] },
} as const;
export type ProgramName = keyof typeof PROGRAMS;
export const PROGRAM_NAMES = Object.keys(PROGRAMS) as ProgramName[];

/** Debian keeps PostgreSQL's servers out of PATH, a folder per major version. */
const FOLDERS = globSync('/usr/lib/postgresql/*/bin');

export function missingPrograms(names: readonly ProgramName[]): ProgramName[] {
  return names.filter((name) => findProgram({ names: PROGRAMS[name].names, folders: FOLDERS }) === undefined);
}

/** Root on a Debian-like system may install; everybody else is told how. */
export function mayInstall(): boolean {
  return process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}

export function installCommand(names: readonly ProgramName[]): string {
  return `apt-get install -y --no-install-recommends ${names.flatMap((name) => PROGRAMS[name].packages).join(' ')}`;
}

/** Installs Debian's packages of the programs, saying so first. Returns whether it worked. */
export function install(names: readonly ProgramName[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const command of ['apt-get update', installCommand(names)]) {
    console.log(`Running: ${command}`);
    const [program = '', ...args] = command.split(' ');
    const { status, stderr } = spawnSync(program, args, {
      env,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    if (status !== 0) {
      console.error(stderr);
      return false;
    }
  }
  return true;
}
