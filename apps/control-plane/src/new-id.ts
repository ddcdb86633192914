import { randomBytes } from 'node:crypto';
import { uuidV7, type Clock } from '@flotilla/kernel';
import type { NewId } from '@flotilla/plane-registry';

/** Ids that sort by birth. */
export function createNewId(clock: Clock): NewId {
  return () => uuidV7({ now: clock.now(), random: randomBytes(10) });
}
