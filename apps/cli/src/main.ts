import { CommanderError } from 'commander';
import { toFlotillaError } from '@flotilla/contracts';
import { createContext } from './context.ts';
import { exitCodeOf } from './exit-codes.ts';
import { createProgram } from './program.ts';

const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());
process.once('SIGTERM', () => interrupt.abort());

try {
  await createProgram(createContext({ env: process.env, signal: interrupt.signal })).parseAsync();
} catch (error) {
  process.exitCode = interrupt.signal.aborted ? 130 : exitCodeOf(error);
  // Commander has printed its own.
  if (!(error instanceof CommanderError) && !interrupt.signal.aborted) {
    const { message, details } = toFlotillaError(error);
    process.stderr.write(
      `${message}\n${typeof details.fix === 'string' ? `To fix it: ${details.fix}\n` : ''}`,
    );
  }
}
