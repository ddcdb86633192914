import { loadConfig, type LoadedConfig } from '@flotilla/platform-config';
import type { CommandInput } from './cli.ts';
import { ControlPlaneConfig, flagOf } from './config.ts';

/** The configuration of a command: defaults < file < environment < flags. Throws `invalid-config` with all problems. */
export function loadControlPlaneConfig({
  flags,
  file,
  env,
}: Pick<CommandInput, 'flags' | 'file' | 'env'>): Promise<LoadedConfig<typeof ControlPlaneConfig>> {
  return loadConfig({
    schema: ControlPlaneConfig,
    env,
    flags,
    flagOf,
    ...(file === undefined ? {} : { file }),
  });
}
