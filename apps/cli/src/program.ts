import { Command } from '@commander-js/extra-typings';
import { costCommand } from './commands/cost.ts';
import { devicesCommand } from './commands/devices.ts';
import { joinTokensCommand } from './commands/join-tokens.ts';
import { loginCommand } from './commands/login.ts';
import { modelsCommand } from './commands/models.ts';
import { hardwarePricesCommand, tariffsCommand } from './commands/prices.ts';
import { releasesCommand } from './commands/releases.ts';
import { rolloutsCommand } from './commands/rollouts.ts';
import { statusCommand } from './commands/status.ts';
import type { CliContext } from './context.ts';
import { EXIT_CODES_HELP } from './exit-codes.ts';

/** `flotilla`, the ops command line, over the control plane's API. */
export function createProgram(context: CliContext) {
  const program = new Command('flotilla')
    .description('Rolls small language models out to devices and watches them.')
    .version('0.1.0')
    .addHelpText(
      'after',
      `
Examples:
  flotilla login --url http://127.0.0.1:7070 \\
    --token-file .flotilla/control-plane/admin-token
  flotilla status
  flotilla devices list --selector 'site=lisbon'
  flotilla rollouts start assistant@1 --selector '*' --watch
${EXIT_CODES_HELP}

FLOTILLA_URL and FLOTILLA_TOKEN go before what \`flotilla login\` kept.`,
    );
  for (const command of [
    loginCommand(context),
    statusCommand(context),
    devicesCommand(context),
    joinTokensCommand(context),
    modelsCommand(context),
    releasesCommand(context),
    rolloutsCommand(context),
    costCommand(context),
    tariffsCommand(context),
    hardwarePricesCommand(context),
  ]) {
    program.addCommand(command);
  }
  return throwInsteadOfExit(program);
}

/** Errors reach main, which knows the exit codes. */
function throwInsteadOfExit<T extends { exitOverride: () => unknown; commands: readonly unknown[] }>(
  command: T,
): T {
  command.exitOverride();
  for (const child of command.commands) throwInsteadOfExit(child as T);
  return command;
}
