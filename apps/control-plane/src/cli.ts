import { toFlotillaError, type FlotillaError } from '@flotilla/contracts';
import { Command, CommanderError, Option } from 'commander';
import { configReference } from '@flotilla/platform-config';
import { ControlPlaneConfig, flagOf } from './config.ts';
import { runCommand } from './commands/run.ts';
import { showConfig } from './commands/show-config.ts';
import { printSignInLink } from './commands/sign-in-link.ts';
import { rotateKeys } from './commands/rotate-keys.ts';
import { VERSION } from './version.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** What a command gets: flags by the name of their field, and where to look for the rest. */
export interface CommandInput {
  flags: Readonly<Record<string, unknown>>;
  file: string | undefined;
  json: boolean;
  env: Env;
}

const EXAMPLES = `
Examples:
  flotilla-control-plane run
  flotilla-control-plane run --data /var/lib/flotilla --host 0.0.0.0 \\
    --public-address plane.example.org
  flotilla-control-plane run --database-url postgres://flotilla@db/flotilla \\
    --broker-url mqtts://broker.example.org:8883
  flotilla-control-plane sign-in-link --data /var/lib/flotilla
  flotilla-control-plane config show

Exit codes: 0 done, 1 it failed (the reason is on standard error),
2 wrong flags or configuration.`;

/** Runs the command line; resolves with the exit code. */
export async function runCli({ argv, env }: { argv: readonly string[]; env: Env }): Promise<number> {
  let json = false;
  const program = new Command('flotilla-control-plane')
    .description('Decides which model which device runs, and shows health and cost of the fleet.')
    .version(VERSION)
    .addHelpText('after', EXAMPLES)
    .exitOverride();
  const add = (
    parent: Command,
    name: string,
    description: string,
    run: (input: CommandInput) => Promise<void>,
  ): void => {
    const command = parent.command(name).description(description).exitOverride();
    addFlags(command);
    command.action(async () => {
      const {
        config: file,
        json: asJson = false,
        ...flags
      } = command.opts<{ config?: string; json?: boolean }>();
      json = asJson;
      await run({ flags, file, json: asJson, env });
    });
  };
  add(program, 'run', 'Starts the control plane and stays until it is told to stop', runCommand);
  add(
    program,
    'sign-in-link',
    'Prints a link that signs a browser in once, for the instance that runs',
    printSignInLink,
  );
  add(
    program.command('config').description('The configuration'),
    'show',
    'Prints every setting with its source',
    showConfig,
  );
  add(
    program.command('keys').description('The keys that sign releases'),
    'rotate',
    'Brings a new signing key into use; only while the control plane is stopped',
    rotateKeys,
  );
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const failure = toFlotillaError(error);
    report(failure, json);
    return failure.code === 'invalid-config' ? 2 : 1;
  }
}

/** One flag per setting, from the same table as the environment and the file. */
function addFlags(command: Command): void {
  command.option('--config <file>', 'JSON file with settings; flags and environment go over it');
  for (const { name, description, type, default: given, secret } of configReference(ControlPlaneConfig)) {
    if (secret) continue; // a secret on a command line is seen by every user of the machine
    const flag =
      type === 'boolean'
        ? `--${flagOf(name)} [${type}]`
        : `--${flagOf(name)} <${type.includes('|') ? 'name' : type}>`;
    const option = new Option(flag, `${description}${given === '' ? '' : ` (default: ${given})`}`).preset(
      'true',
    );
    command.addOption(option);
  }
  command.option('--json', 'print JSON lines for programs');
}

function report(error: FlotillaError, json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify({ event: 'failed', ...error.toProblem() })}\n`);
  }
  const { fix } = error.details;
  process.stderr.write(`${error.message}${fix === undefined ? '' : `\n${fix}`}\n`);
}
