import type { Candidate, Desired, Sha256 } from '@flotilla/contracts';
import { filesOf, type World } from './state.ts';
import type { StepOf } from './step.ts';

/** What stays on disk: everything that current, desired, rollback, a pin or a loaded engine names. */
export function keptOnDisk(world: World, desired: Desired): { blobs: Set<Sha256>; releases: Set<Sha256> } {
  const records = [
    ...world.current.services,
    ...world.rollback.services,
    ...world.slots.map(({ record }) => record),
  ];
  const wanted = desired.services.map(({ release }) => release);
  const named: Parameters<typeof filesOf>[0][] = records.map(({ placement }) => placement);
  for (const release of wanted) {
    const chosen = world.choices.get(release)?.placement;
    named.push(...(chosen ? [chosen] : candidatesOf(world, release)));
  }
  named.push(...desired.pinned.flatMap((release) => candidatesOf(world, release)));
  return {
    blobs: new Set(named.flatMap(filesOf).map(({ digest }) => digest)),
    releases: new Set([...records.map(({ release }) => release), ...wanted, ...desired.pinned]),
  };
}

/** Under which name a failed garbage collection waits for its retry; no service can be called so. */
export const GARBAGE = '-garbage-';

/** The step that frees what nothing names; undefined where the last one kept the very same. */
export function garbageStep(
  world: World,
  desired: Desired | undefined,
): StepOf<'collect-garbage'> | undefined {
  if (!desired || world.retrying.has(GARBAGE)) return undefined;
  const { blobs, releases } = keptOnDisk(world, desired);
  const keep = { keepBlobs: [...blobs].sort(), keepReleases: [...releases].sort() };
  return garbageKey(keep) === world.collected ? undefined : { kind: 'collect-garbage', ...keep };
}

/** Names what a collection kept, to know when another one would find nothing. */
export function garbageKey({
  keepBlobs,
  keepReleases,
}: Pick<StepOf<'collect-garbage'>, 'keepBlobs' | 'keepReleases'>): string {
  return `${keepBlobs.join()}|${keepReleases.join()}`;
}

function candidatesOf(world: World, release: Sha256): readonly Candidate[] {
  return world.releases.get(release)?.candidates ?? [];
}
