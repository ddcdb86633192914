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
  availableBytes = Infinity,
}: {
  world: World;
  service: ServiceName;
  needBytes: number;
  memoryBytes: number;
  availableBytes?: number;
}): Room {
  const others = memoryOfOthers(world, service);
  const own = memoryOfSlots(world, service);
  if (others + needBytes > memoryBytes) return 'none';
  if (own === 0) return 'beside'; // what is free now was looked at when the variant was chosen
  return own + others + needBytes <= memoryBytes && needBytes <= availableBytes ? 'beside' : 'swap';
}

/** Memory of the engines of one service, whatever they do. */
export function memoryOfSlots(world: World, service: ServiceName): number {
  return world.slots
    .filter(({ record }) => record.service === service)
    .reduce((sum, { record }) => sum + record.placement.need.totalBytes, 0);
}
