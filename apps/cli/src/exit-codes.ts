import { CommanderError } from 'commander';
import { toFlotillaError } from '@flotilla/contracts';

/** What the process ends with; printed by `flotilla --help`. */
export const EXIT_CODES = {
  done: 0,
  refused: 1,
  usage: 2,
  'not-signed-in': 3,
  unreachable: 4,
  'rollout-failed': 5,
} as const;

export const EXIT_CODES_HELP = `
Exit codes:
  0  done
  1  refused or failed; the reason is on standard error
  2  wrong usage
  3  not signed in, or the access token is not accepted
  4  the control plane cannot be reached
  5  the watched rollout did not complete`;

export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.done : EXIT_CODES.usage;
  const { code } = toFlotillaError(error);
  if (code === 'unauthenticated') return EXIT_CODES['not-signed-in'];
  if (code === 'offline') return EXIT_CODES.unreachable;
  return EXIT_CODES.refused;
}
