import type { ServiceRecord } from '@flotilla/agent-reconcile';
import type { Release, Sha256 } from '@flotilla/contracts';

/** What is left when an engine keeps ending however it is opened. */
export type AfterLadder = 'smaller-variant' | 'last-good-release';

/**
 * The last two rungs: a smaller variant of the same release that needs no download, else the release before it.
 *
 * @param input.onDisk digests of files that are here in full.
 * @param input.failed digests of this release's variants that failed here before.
 */
export function afterLadder({
  release,
  record: { placement },
  onDisk,
  failed,
}: {
  release: Pick<Release, 'candidates'>;
  record: Pick<ServiceRecord, 'placement'>;
  onDisk: ReadonlySet<Sha256>;
  failed: ReadonlySet<Sha256>;
}): AfterLadder {
  const smaller = release.candidates.some(
    ({ digest, bytes }) => bytes < placement.bytes && onDisk.has(digest) && !failed.has(digest),
  );
  return smaller ? 'smaller-variant' : 'last-good-release';
}
