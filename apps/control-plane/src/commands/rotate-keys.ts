import { openDataFolder } from '@flotilla/platform-files';
import { systemClock } from '@flotilla/kernel';
import type { CommandInput } from '../cli.ts';
import { DATA_FORMAT } from '../compose.ts';
import { loadControlPlaneConfig } from '../load.ts';
import { openSigningKeys } from '../pki/signing-keys.ts';

/** Brings a new signing key into use. Takes the folder's lock, so it refuses while the control plane runs. */
export async function rotateKeys(input: CommandInput): Promise<void> {
  const { config } = await loadControlPlaneConfig(input);
  const folder = await openDataFolder({
    path: config.data,
    formatVersion: DATA_FORMAT,
    notCopied: ['blobs'],
  });
  try {
    await folder.folder('pki');
    const now = systemClock.now();
    const keys = await openSigningKeys({ path: folder.file('pki', 'signing.json'), now });
    const set = await keys.rotate({ now });
    process.stdout.write(
      input.json
        ? `${JSON.stringify(set)}\n`
        : `Key set ${set.serial} is in use from the next start; devices learn it from the gateway.\n`,
    );
  } finally {
    folder.close();
  }
}
