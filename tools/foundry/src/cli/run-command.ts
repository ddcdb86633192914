import type { Command } from 'commander';
import { FlotillaError } from '@flotilla/contracts';

/** Runs a command line; a mistake of the user ends in one line on stderr and exit code 2, ours in a stack and 1. */
export async function runCommand(command: Command): Promise<void> {
  try {
    await command.parseAsync();
  } catch (error) {
    if (!(error instanceof FlotillaError)) throw error;
    process.stderr.write(`error: ${error.message}\n`);
    process.exitCode = 2;
  }
}
