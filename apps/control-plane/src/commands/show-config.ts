import { describeConfig } from '@flotilla/platform-config';
import type { CommandInput } from '../cli.ts';
import { ControlPlaneConfig, flagOf } from '../config.ts';
import { loadControlPlaneConfig } from '../load.ts';

/** Every setting with its value and where it came from; secrets hidden. */
export async function showConfig(input: CommandInput): Promise<void> {
  const { config, sources } = await loadControlPlaneConfig(input);
  const rows = describeConfig({ schema: ControlPlaneConfig, config, sources });
  if (input.json) {
    process.stdout.write(`${JSON.stringify(rows, undefined, 2)}\n`);
    return;
  }
  const width = Math.max(...rows.map(({ name }) => flagOf(name).length + 2));
  for (const { name, value, source } of rows) {
    process.stdout.write(`${`--${flagOf(name)}`.padEnd(width)}  ${value}  (${source})\n`);
  }
}
