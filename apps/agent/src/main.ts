#!/usr/bin/env node
import { isFlotillaError, toFlotillaError } from '@flotilla/contracts';
import { systemClock } from '@flotilla/kernel';
import { createLog } from '@flotilla/platform-log';
import { AGENT_VERSION } from './agent-info.ts';
import { parseArguments, type CommandName } from './cli/arguments.ts';
import type { Command } from './cli/command-context.ts';
import { configShow } from './cli/config-show.ts';
import { doctor } from './cli/doctor.ts';
import { EXIT } from './cli/exit-codes.ts';
import { helpText } from './cli/help.ts';
import { join } from './cli/join.ts';
import { keys } from './cli/keys.ts';
import { run } from './cli/run.ts';
import { status } from './cli/status.ts';
import { loadAgentConfig } from './config.ts';

const COMMANDS: Record<CommandName, Command> = { run, join, status, doctor, keys, config: configShow };
const USAGE_CODES = new Set(['invalid-input', 'invalid-config']);

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(): Promise<number> {
  const invocation = parseArguments(process.argv.slice(2));
  if (invocation.kind === 'help') {
    print(helpText());
    return EXIT.ok;
  }
  if (invocation.kind === 'version') {
    print(AGENT_VERSION);
    return EXIT.ok;
  }
  const { command, operands, flags, file, json, force, keyBounds } = invocation;
  const { config, sources } = await loadAgentConfig({ env: process.env, flags, file });
  const log = createLog({
    level: config.logLevel,
    name: 'agent',
    destination: process.stderr,
    pretty: process.stderr.isTTY === true,
  });
  return COMMANDS[command]({
    config,
    sources,
    operands,
    json,
    force,
    keyBounds,
    log,
    clock: systemClock,
    print,
  });
}

main().then(
  (code) => process.exit(code),
  (thrown: unknown) => {
    const error = toFlotillaError(thrown);
    if (process.argv.includes('--json')) {
      print(JSON.stringify({ event: 'error', ...error.toProblem() }));
    } else {
      const fix = error.details.fix === undefined ? '' : `\n${error.details.fix}`;
      process.stderr.write(`flotilla-agent: ${error.message}${fix}\n`);
    }
    // Our own mistakes are worth their stack; refusals are not.
    if (!isFlotillaError(thrown))
      process.stderr.write(`${thrown instanceof Error ? (thrown.stack ?? '') : ''}\n`);
    process.exit(USAGE_CODES.has(error.code) ? EXIT.usage : EXIT.failed);
  },
);
