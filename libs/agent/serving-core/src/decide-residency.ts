/** One model that can be in memory. */
export interface Resident {
  id: string;
  /** Memory it takes once loaded, as simulated. */
  needBytes: number;
  state: 'asleep' | 'loading' | 'loaded' | 'leaving';
  /** Has requests, or is being changed: it is not unloaded for another. */
  busy: boolean;
  /** Its release says that it stays. */
  keepLoaded: boolean;
  /** Monotonic milliseconds. */
  lastUsedAt: number;
}

/** What memory there is at this moment. */
export interface MemoryRoom {
  /** Most that all models together may take: by policy, cgroup and what is kept for the rest. Default: no bound. */
  capBytes?: number;
  /** What could be taken now without swapping. Default: unknown, and not looked at. */
  availableBytes?: number;
}

export type ResidencyDecision =
  /** There is room for it. */
  | { kind: 'enter' }
  /** This idle one gives its memory first. */
  | { kind: 'unload'; id: string }
  /** Room comes when what leaves has left, or what is busy is done; those named take nothing new until then. */
  | { kind: 'wait'; hold: readonly string[] }
  /** No waiting helps. */
  | { kind: 'refuse'; limit: 'cap' | 'available'; needBytes: number; limitBytes: number };

/** `available` is the kernel's own estimate, and the box goes on living while a model loads. */
const AVAILABLE_USABLE = 0.95;

/**
 * What happens for the first in the line that waits for memory. Pure: least recently used idle models leave first, a
 * busy one never does, and nobody leaves where that would not make enough room.
 */
export function decideResidency({
  wanted,
  residents,
  room,
}: {
  wanted: Pick<Resident, 'id' | 'needBytes'>;
  residents: readonly Resident[];
  room: MemoryRoom;
}): ResidencyDecision {
  const { capBytes = Infinity, availableBytes = Infinity } = room;
  const { needBytes } = wanted;
  const others = residents.filter(({ id, state }) => id !== wanted.id && state !== 'asleep');
  const sum = (list: readonly Resident[]): number => list.reduce((bytes, one) => bytes + one.needBytes, 0);

  const overCap = sum(others) + needBytes - capBytes;
  // What loads has not taken all of its memory yet, and what leaves has not given it back.
  const loading = sum(others.filter(({ state }) => state === 'loading'));
  const overAvailable = needBytes + loading - Math.floor(availableBytes * AVAILABLE_USABLE);
  const missing = Math.max(overCap, overAvailable);
  if (missing <= 0) return { kind: 'enter' };

  const leaving = others.filter(({ state }) => state === 'leaving');
  if (leaving.length > 0) return { kind: 'wait', hold: [] };
  const movable = others.filter(({ keepLoaded }) => !keepLoaded);
  if (missing > sum(movable)) {
    // What loads may still be given back by a failure, but not what is kept: then this line never moves.
    return overCap > sum(movable)
      ? { kind: 'refuse', limit: 'cap', needBytes, limitBytes: capBytes - sum(others) + sum(movable) }
      : { kind: 'refuse', limit: 'available', needBytes, limitBytes: availableBytes };
  }
  const idle = movable
    .filter(({ busy, state }) => !busy && state === 'loaded')
    .sort((one, other) => one.lastUsedAt - other.lastUsedAt);
  const [first] = idle;
  if (first !== undefined && missing <= sum(idle)) return { kind: 'unload', id: first.id };
  return { kind: 'wait', hold: movable.map(({ id }) => id) };
}
