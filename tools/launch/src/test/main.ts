import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { buildConsole } from '../start/build.ts';
import {
  install,
  installCommand,
  mayInstall,
  missingPrograms,
  PROGRAM_NAMES,
  type ProgramName,
} from './programs.ts';
import { type Kind, KINDS, type Outcome, runKind } from './run-kind.ts';
import { tellFailures } from './tell-failures.ts';

const HELP = readFileSync(new URL('./help.txt', import.meta.url), 'utf8');

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const flags = readFlags(args);
  if (typeof flags === 'string') {
    console.error(flags);
    return 2;
  }
  if (flags.help) {
    console.log(HELP);
    return 0;
  }
  const { kinds, without } = flags;
  if (!haveProgrammes(kinds, without)) return 1;
  if (kinds.includes('e2e')) await buildConsole();
  const total: Outcome = { passed: 0, failed: 0, skipped: 0, failures: [] };
  for (const kind of kinds) {
    console.log(`\n== ${kind} tests`);
    const outcome = await runKind(kind, without);
    total.passed += outcome.passed;
    total.failed += outcome.failed;
    total.skipped += outcome.skipped;
    total.failures.push(...outcome.failures);
  }
  if (without.length > 0) console.log(`\nLeft out, as asked: what needs ${without.join(', ')}.`);
  if (total.failures.length > 0) console.log(`\n== what failed\n\n${tellFailures(total.failures)}`);
  console.log(
    `\n${total.passed} passed, ${total.failed} failed${total.skipped === 0 ? '' : `, ${total.skipped} skipped`}`,
  );
  return total.failed === 0 ? 0 : 1;
}

/** The programs that the kinds drive are here, or could be installed. Says what is missing and how to get it. */
function haveProgrammes(kinds: readonly Kind[], without: readonly ProgramName[]): boolean {
  if (!kinds.some((kind) => kind !== 'unit')) return true;
  const missing = missingPrograms(PROGRAM_NAMES.filter((name) => !without.includes(name)));
  if (missing.length === 0) return true;
  console.log(`These tests drive real programs that are missing here: ${missing.join(', ')}.`);
  if (mayInstall() && install(missing) && missingPrograms(missing).length === 0) return true;
  console.error(
    `Get them (Debian: sudo ${installCommand(missing)}), or leave their tests out: npm test -- --without ${missing.join(',')}`,
  );
  return false;
}

function readFlags(args: string[]): { kinds: Kind[]; without: ProgramName[]; help: boolean } | string {
  try {
    const { values } = parseArgs({
      args,
      options: {
        only: { type: 'string' },
        without: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    const kinds = list(values.only, KINDS, '--only');
    const without = list(values.without, PROGRAM_NAMES, '--without');
    if (typeof kinds === 'string') return kinds;
    if (typeof without === 'string') return without;
    return { kinds: kinds.length === 0 ? [...KINDS] : kinds, without, help: values.help ?? false };
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}\nSee \`npm test -- --help\`.`;
  }
}

function list<T extends string>(text: string | undefined, known: readonly T[], flag: string): T[] | string {
  const names = (text ?? '').split(',').filter((name) => name !== '');
  const odd = names.find((name) => !known.includes(name as T));
  return odd === undefined ? (names as T[]) : `${flag} ${odd}: it takes ${known.join(', ')}`;
}
