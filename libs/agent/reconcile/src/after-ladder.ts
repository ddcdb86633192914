import type { Desired } from '@flotilla/contracts';
import { filesOf, variantFailed, type ServiceRecord, type World } from './state.ts';
import { targetOf } from './target.ts';

/** What is left when an engine fails however it is opened. */
export type AfterLadder = 'smaller-variant' | 'last-good-release';

/**
 * The last two rungs: a smaller variant of the same release that needs no download, else the release before it. A
 * release that is itself the one fallen back to is not looked through again.
 */
export function afterLadder({
  world,
  desired,
  record,
}: {
  world: Pick<World, 'releases' | 'blobs' | 'current' | 'rollback'>;
  desired: Desired | undefined;
  record: ServiceRecord;
}): AfterLadder {
  const { service, release, placement } = record;
  const target = targetOf(world, desired, service);
  if (target.kind !== 'release' || target.release !== release) return 'last-good-release';
  const isHere = (digest: string): boolean =>
    ['fetched', 'verified'].includes(world.blobs.get(digest)?.state ?? 'missing');
  const smaller = world.releases
    .get(release)
    ?.candidates.some(
      (candidate) =>
        candidate.bytes < placement.bytes &&
        filesOf(candidate).every(({ digest }) => isHere(digest)) &&
        !variantFailed(world.rollback, { release, digest: candidate.digest }),
    );
  return smaller === true ? 'smaller-variant' : 'last-good-release';
}
