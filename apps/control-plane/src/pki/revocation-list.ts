import type { Registry } from '@flotilla/plane-registry';
import type { Clock } from '@flotilla/kernel';
import { writeFileAtomic } from '@flotilla/platform-files';
import { createRevocationList, type Identity } from '@flotilla/platform-pki';

/** The revocation list of our authority: a file for a broker beside us, and what the gateway gives one elsewhere. */
export interface RevocationList {
  /** PEM. */
  current(): string;
  /** Signs it anew with what is revoked now. */
  refresh(): Promise<void>;
}

/** Opens the list with a first refresh. */
export async function openRevocationList({
  path,
  ca,
  registry,
  clock,
}: {
  path: string;
  ca: Identity;
  registry: Pick<Registry, 'revokedCertificates'>;
  clock: Clock;
}): Promise<RevocationList> {
  let current = '';
  const refresh = async (): Promise<void> => {
    current = await createRevocationList({
      ca,
      revoked: await registry.revokedCertificates(),
      now: clock.now(),
    });
    // Of a broker that may run as another user.
    await writeFileAtomic(path, current, { mode: 0o644 });
  };
  await refresh();
  return { current: () => current, refresh };
}
