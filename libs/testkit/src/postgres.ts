import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { FlotillaError } from '@flotilla/contracts';
import pg from 'pg';

import { startChild, type Child } from './child.ts';
import { findProgram } from './find-program.ts';
import { freePort } from './free-port.ts';
import { missingTool } from './missing-tool.ts';
import { tempFolder, type TempFolder } from './temp-folder.ts';

export interface Postgres extends AsyncDisposable {
  /** `postgres://postgres@127.0.0.1:port/postgres`. */
  readonly url: string;
  readonly port: number;
  /** Makes an empty database and returns its URL: one per test keeps tests apart. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
}

/**
 * A real PostgreSQL with its own cluster in a temporary folder, on a random port of loopback, without passwords and
 * without fsync. As root it runs as the user `postgres`. Start one per test file. Throws `missing-tool`.
 */
export async function startPostgres(): Promise<Postgres> {
  const folders = installedFolders();
  const initdb = findProgram({ names: ['initdb'], folders });
  const postgres = findProgram({ names: ['postgres'], folders });
  if (!initdb || !postgres) {
    throw missingTool({ program: 'postgresql', fix: 'Install it (Debian: apt-get install postgresql).' });
  }
  const owner = serverUser();
  const folder = await tempFolder({ name: 'postgres', parent: parentFor(owner) });
  try {
    if (owner) chownSync(folder.path, owner.uid, owner.gid);
    const data = folder.file('data');
    run({
      program: initdb,
      args: ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
      folder,
      owner,
    });
    const { child, port } = await startServer({ program: postgres, data, folder, owner });
    return asPostgres({ child, port, folder });
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

interface Owner {
  uid: number;
  gid: number;
}

/** Debian keeps the server's programs out of PATH, a folder per major version; the newest is taken. */
function installedFolders(): string[] {
  const root = '/usr/lib/postgresql';
  try {
    const versions = readdirSync(root).sort((one, other) => Number(other) - Number(one));
    return versions.map((version) => join(root, version, 'bin'));
  } catch {
    return [];
  }
}

/** The server refuses to run as root; undefined where we are somebody else anyway. */
function serverUser(): Owner | undefined {
  if (process.getuid?.() !== 0) return undefined;
  try {
    const id = (flag: string): number =>
      Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8', stdio: 'pipe' }));
    return { uid: id('-u'), gid: id('-g') };
  } catch (cause) {
    throw new FlotillaError(
      'missing-tool',
      'PostgreSQL does not run as root, and there is no user postgres.',
      {
        cause,
        details: {
          about: 'postgresql',
          fix: 'Run the tests as another user, or install the package, which makes that user.',
        },
      },
    );
  }
}

/** A folder for temporary files that the server's user can reach: TMPDIR may be root's own. */
function parentFor(owner: Owner | undefined): string {
  if (!owner) return tmpdir();
  const reachable = [tmpdir(), '/tmp', '/var/tmp'].find(
    (path) => spawnSync('test', ['-x', path], { ...owner, cwd: '/' }).status === 0,
  );
  return reachable ?? '/tmp';
}

function run({
  program,
  args,
  folder,
  owner,
}: {
  program: string;
  args: string[];
  folder: TempFolder;
  owner: Owner | undefined;
}): void {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    ...owner,
    cwd: folder.path,
    encoding: 'utf8',
  });
  if (status === 0) return;
  throw new FlotillaError('internal', `${program} failed: ${error?.message ?? `${stdout}${stderr}`}`, {
    cause: error,
  });
}

async function startServer({
  program,
  data,
  folder,
  owner,
}: {
  program: string;
  data: string;
  folder: TempFolder;
  owner: Owner | undefined;
}): Promise<{ child: Child; port: number }> {
  for (let attempt = 0; ; attempt += 1) {
    const port = await freePort();
    const settings = [
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
      'fsync=off',
      'synchronous_commit=off',
      'full_page_writes=off',
      'max_connections=50',
    ];
    const child = startChild({
      command: program,
      args: ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
      cwd: folder.path,
      ...owner,
    });
    try {
      await child.ready(/database system is ready to accept connections/, { deadlineMs: 60_000 });
      return { child, port };
    } catch (error) {
      await child.kill9();
      const taken = error instanceof Error && error.message.includes('Address already in use');
      if (!taken || attempt === 4) throw error;
    }
  }
}

function asPostgres({ child, port, folder }: { child: Child; port: number; folder: TempFolder }): Postgres {
  const urlOf = (database: string): string => `postgres://postgres@127.0.0.1:${port}/${database}`;
  let made = 0;
  const stop = async (): Promise<void> => {
    await child.stop({ signal: 'SIGQUIT' }); // at once: nobody needs these data again
    await folder.remove();
  };
  return {
    url: urlOf('postgres'),
    port,
    createDatabase: async () => {
      const name = `test_${(made += 1)}`;
      const client = new pg.Client({ connectionString: urlOf('postgres') });
      await client.connect();
      await client.query(`CREATE DATABASE ${name}`).finally(() => client.end());
      return urlOf(name);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
