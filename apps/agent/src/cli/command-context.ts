import type { Clock } from '@flotilla/kernel';
import type { LoadedConfig } from '@flotilla/platform-config';
import type { Log } from '@flotilla/platform-log';
import type { AgentConfig } from '../config.ts';
import type { KeyBounds } from './arguments.ts';

/** What every command works with. */
export interface CommandContext extends LoadedConfig<typeof AgentConfig> {
  operands: readonly string[];
  json: boolean;
  force: boolean;
  keyBounds: KeyBounds;
  log: Log;
  clock: Clock;
  /** One line to standard output. */
  print: (line: string) => void;
}

/** Runs to its end and gives the exit code. Throws a FlotillaError for what went wrong. */
export type Command = (context: CommandContext) => Promise<number>;
