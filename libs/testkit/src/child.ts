import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';

import { FlotillaError } from '@flotilla/contracts';

const KEPT_CHARACTERS = 1_000_000;

/** A process under test, with everything it printed. */
export interface Child {
  readonly pid: number;
  /** Standard output and error as they came, the last million characters. */
  output(): string;
  /**
   * The first match of the pattern in the output, past or to come.
   * Rejects, with the end of the output in the message, when the process ends first (`internal`) or the time is up (`timeout`).
   */
  ready(pattern: RegExp, options?: { deadlineMs?: number }): Promise<RegExpExecArray>;
  /** Resolves when the process has ended. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  readonly running: boolean;
  /** Sends a signal and waits for the end; SIGKILL follows after the deadline. Default SIGTERM, 10 s. */
  stop(options?: { signal?: NodeJS.Signals; deadlineMs?: number }): Promise<void>;
  /** Ends it as a power cut would, and waits until it is gone. */
  kill9(): Promise<void>;
  /** Sends a signal without waiting. */
  signal(signal: NodeJS.Signals): void;
}

/** Starts a program and keeps its output. It is killed when this process ends, so that no test leaves one behind. */
export function startChild({
  command,
  args,
  ...options
}: { command: string; args: readonly string[] } & Pick<SpawnOptions, 'cwd' | 'env' | 'uid' | 'gid'>): Child {
  const child = spawn(command, [...args], { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  return new RunningChild({ child, name: command });
}

class RunningChild implements Child {
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #listeners = new Set<() => void>();
  #output = '';
  #ended = false;

  constructor({ child, name }: { child: ChildProcess; name: string }) {
    this.#child = child;
    this.#name = name;
    const take = (data: Buffer): void => {
      this.#output = (this.#output + data.toString('utf8')).slice(-KEPT_CHARACTERS);
      for (const listener of [...this.#listeners]) listener();
    };
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
    const killWithUs = (): void => void child.kill('SIGKILL');
    process.once('exit', killWithUs);
    this.exited = new Promise((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null): void => {
        this.#ended = true;
        process.off('exit', killWithUs);
        resolve({ code, signal });
        for (const listener of [...this.#listeners]) listener();
      };
      child.once('close', end);
      child.once('error', (error) => {
        this.#output += error.message;
        if (child.pid === undefined) end(null, null);
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get running(): boolean {
    return !this.#ended;
  }

  output(): string {
    return this.#output;
  }

  ready(pattern: RegExp, { deadlineMs = 30_000 }: { deadlineMs?: number } = {}): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#listeners.delete(look);
      };
      const fail = (code: 'internal' | 'timeout', why: string): void => {
        finish();
        reject(
          new FlotillaError(
            code,
            `${this.#name} ${why} before it printed ${String(pattern)}:\n${this.#output.slice(-4000)}`,
          ),
        );
      };
      const look = (): void => {
        const match = pattern.exec(this.#output);
        if (match) {
          finish();
          resolve(match);
        } else if (this.#ended) fail('internal', 'ended');
      };
      const timer = setTimeout(() => fail('timeout', `ran ${deadlineMs} ms`), deadlineMs);
      this.#listeners.add(look);
      look();
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async stop({
    signal = 'SIGTERM',
    deadlineMs = 10_000,
  }: { signal?: NodeJS.Signals; deadlineMs?: number } = {}): Promise<void> {
    if (this.#ended) return;
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), deadlineMs);
    this.#child.kill(signal);
    await this.exited;
    clearTimeout(timer);
  }

  async kill9(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited;
  }
}
