import type { ServiceName } from '@flotilla/contracts';
import { recordOf, type World } from './state.ts';

/**
 * `beside`: the new engine fits while the old one still serves, idle services going to sleep for it · `swap`: only in
 * its place, so that the service is dark for the time of loading · `none`: not even then.
 */
export type Room = 'beside' | 'swap' | 'none';

/** Memory the other services have, or will have again once they are restored or woken. */
export function memoryOfOthers(world: World, service: ServiceName): number {
  return sumOfOthers(world, service, () => true);
}

/** The part of it that is never given back: what releases say stays loaded. */
export function memoryThatStays(world: World, service: ServiceName): number {
  return sumOfOthers(world, service, (name) => staysLoaded(world, name));
}

/** What other services have in memory now and give back where it is needed. */
export function memoryToGiveBack(world: World, service: ServiceName): number {
  return world.slots
    .filter(
      ({ record, stage, asleep }) =>
        record.service !== service &&
        stage === 'serving' &&
        asleep !== true &&
        !staysLoaded(world, record.service),
    )
    .reduce((sum, { record }) => sum + record.placement.need.totalBytes, 0);
}

function staysLoaded(world: World, service: ServiceName): boolean {
  return [...world.slots.map(({ record }) => record), ...world.current.services].some(
    (record) => record.service === service && world.releases.get(record.release)?.keepLoaded === true,
  );
}

function sumOfOthers(world: World, service: ServiceName, counts: (name: ServiceName) => boolean): number {
  const others = new Set(
    [...world.slots.map(({ record }) => record), ...world.current.services]
      .map((record) => record.service)
      .filter((name) => name !== service && counts(name)),
  );
  let sum = 0;
  for (const name of others) {
    sum += Math.max(
      memoryOfSlots(world, name),
      recordOf(world.current, name)?.placement.need.totalBytes ?? 0,
    );
  }
  return sum;
}

export function roomFor({
  world,
  service,
  needBytes,
  memoryBytes,
  availableBytes = Infinity,
}: {
  world: World;
  service: ServiceName;
  needBytes: number;
  memoryBytes: number;
  availableBytes?: number;
}): Room {
  const stays = memoryThatStays(world, service);
  const own = memoryOfSlots(world, service);
  if (stays + needBytes > memoryBytes) return 'none';
  if (own === 0) return 'beside'; // what is free now was looked at when the variant was chosen
  const free = availableBytes + memoryToGiveBack(world, service);
  return own + stays + needBytes <= memoryBytes && needBytes <= free ? 'beside' : 'swap';
}

/** Memory of the engines of one service, whatever they do; none of those that sleep. */
export function memoryOfSlots(world: World, service: ServiceName): number {
  return world.slots
    .filter(({ record, asleep }) => record.service === service && asleep !== true)
    .reduce((sum, { record }) => sum + record.placement.need.totalBytes, 0);
}
