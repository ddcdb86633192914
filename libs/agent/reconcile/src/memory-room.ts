import type { ServiceName } from '@flotilla/contracts';
import { recordOf, type World } from './state.ts';

/**
 * `beside`: the new engine fits while the old one still serves · `swap`: only in its place, so that the service is
 * dark for the time of loading · `none`: not even then.
 */
export type Room = 'beside' | 'swap' | 'none';

/** Memory the other services have, or will have again once they are restored. */
export function memoryOfOthers(world: World, service: ServiceName): number {
  const others = new Set(
    [...world.slots.map(({ record }) => record), ...world.current.services]
      .map((record) => record.service)
      .filter((name) => name !== service),
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
}: {
  world: World;
  service: ServiceName;
  needBytes: number;
  memoryBytes: number;
}): Room {
  const others = memoryOfOthers(world, service);
  const own = memoryOfSlots(world, service);
  if (others + own + needBytes <= memoryBytes) return 'beside';
  return own > 0 && others + needBytes <= memoryBytes ? 'swap' : 'none';
}

/** Memory of the engines of one service, whatever they do. */
export function memoryOfSlots(world: World, service: ServiceName): number {
  return world.slots
    .filter(({ record }) => record.service === service)
    .reduce((sum, { record }) => sum + record.placement.need.totalBytes, 0);
}
