import { startChild, type Child } from './child.ts';

export interface SpawnNodeOptions {
  /** A TypeScript or JavaScript file; workspace packages resolve to their sources. */
  script: string;
  args?: readonly string[];
  /** Added to this process's environment; undefined takes a variable away. */
  env?: Readonly<Record<string, string | undefined>>;
  cwd?: string;
  /** Flags of Node itself, before the script. */
  nodeArgs?: readonly string[];
  /**
   * Default `source`. From `dist`, workspace packages resolve to what was built, as they do for users: stripping types
   * puts a compiler into the process, which its memory would show.
   */
  packagesFrom?: 'source' | 'dist';
}

/** Starts a Node process of ours from source, with the Node that runs the tests. */
export function spawnNode({
  script,
  args = [],
  env = {},
  cwd,
  nodeArgs = [],
  packagesFrom = 'source',
}: SpawnNodeOptions): Child {
  const conditions = packagesFrom === 'source' ? ['--conditions=@flotilla/source'] : [];
  return startChild({
    command: process.execPath,
    args: [...conditions, ...nodeArgs, script, ...args],
    env: { ...process.env, ...env },
    cwd,
  });
}
