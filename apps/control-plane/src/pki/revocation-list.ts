import type { Registry } from '@flotilla/plane-registry';
import type { Clock } from '@flotilla/kernel';
import { writeFileAtomic } from '@flotilla/platform-files';
import { createRevocationList, type Identity } from '@flotilla/platform-pki';

/** A list that names the same as before is signed anew so often: a broker refuses everybody once its own has ended. */
const FRESH_MS = 12 * 3_600_000;

/** The revocation list of our authority: a file for a broker beside us, and what the gateway gives one elsewhere. */
export interface RevocationList {
  /** PEM. */
  current(): string;
  /** Signs it anew where something else is revoked by now, here or by another replica, or where it is half a day old. */
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
  let written: { names: string; at: number } | undefined;

  async function refresh(): Promise<void> {
    const now = clock.now();
    const revoked = await registry.revokedCertificates();
    const names = revoked.map(({ serial }) => serial).join();
    // A clock that was set back leaves a list that begins in the future.
    if (written?.names === names && Math.abs(now - written.at) < FRESH_MS) return;
    current = await createRevocationList({ ca, revoked, now });
    // Of a broker that may run as another user.
    await writeFileAtomic(path, current, { mode: 0o644 });
    written = { names, at: now };
  }

  await refresh();
  return { current: () => current, refresh };
}
