import { FlotillaError } from '@flotilla/contracts';
import { describeConfig } from '@flotilla/platform-config';
import { AgentConfig } from '../config.ts';
import type { Command } from './command-context.ts';
import { EXIT } from './exit-codes.ts';

/** `flotilla-agent config show` */
export const configShow: Command = async ({ operands, config, sources, json, print }) => {
  if (operands[0] !== 'show') {
    throw new FlotillaError(
      'invalid-input',
      'What of the configuration? There is `flotilla-agent config show`.',
    );
  }
  const rows = describeConfig({ schema: AgentConfig, config, sources });
  if (json) {
    print(JSON.stringify(rows));
  } else {
    const width = Math.max(...rows.map(({ name }) => name.length));
    for (const { name, value, source } of rows) print(`${name.padEnd(width)}  ${value}  (${source})`);
  }
  return EXIT.ok;
};
