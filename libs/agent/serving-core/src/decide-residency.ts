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
  /** The one that it belongs to, and which serves on without it. */
  within?: string | undefined;
  /** It gives way to all others: it leaves before them, and keeps none of them waiting. Default false. */
  yields?: boolean;
}

/** What memory there is at this moment. */
export interface MemoryRoom {
  /** Most that all models together may take: by policy, cgroup and what is kept for the rest. Default: no bound. */
  capBytes?: number;
  /** What could be taken now without swapping. Default: unknown, and not looked at. */
  availableBytes?: number;
}

/** Who wants to be in memory. */
export type Wanted = Pick<Resident, 'id' | 'needBytes' | 'within' | 'yields'>;

export type ResidencyDecision =
  /** There is room for it. */
  | { kind: 'enter' }
  /** This idle one gives its memory first. */
  | { kind: 'unload'; id: string }
  /**
   * Room comes when what leaves has left, or what is busy is done; those in `hold` take nothing new until then. `end`:
   * those that give way and whose end alone would make the room.
   */
  | { kind: 'wait'; hold: readonly string[]; end: readonly string[] }
  /** No waiting helps. */
  | { kind: 'refuse'; limit: 'cap' | 'available'; needBytes: number; limitBytes: number };

/** `available` is the kernel's own estimate, and the box goes on living while a model loads. */
const AVAILABLE_USABLE = 0.95;

/**
 * What happens for one that waits for memory. Pure: what gives way leaves first, then what belongs to
 * a model, then the least recently used idle models; a busy one never does, and nobody leaves where that would not make
 * enough room.
 *
 * Who wants to be within another one does not push it out, and waits for nobody who is busy: those may wait in turn for
 * what its owner holds.
 */
export function decideResidency({
  wanted,
  residents,
  room,
}: {
  wanted: Wanted;
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
  if (leaving.length > 0) return { kind: 'wait', hold: [], end: [] };
  const movable = others.filter(({ id, keepLoaded }) => !keepLoaded && id !== wanted.within);
  const idle = movable
    .filter(({ busy, state }) => !busy && state === 'loaded')
    .sort(
      (one, other) =>
        Number(one.yields !== true) - Number(other.yields !== true) ||
        Number(one.within === undefined) - Number(other.within === undefined) ||
        one.lastUsedAt - other.lastUsedAt,
    );
  const mayLeave = sum(wanted.within === undefined ? movable : idle);
  if (missing > mayLeave) {
    // What loads may still be given back by a failure, but not what is kept: then this line never moves.
    return overCap > mayLeave
      ? { kind: 'refuse', limit: 'cap', needBytes, limitBytes: capBytes - sum(others) + mayLeave }
      : { kind: 'refuse', limit: 'available', needBytes, limitBytes: availableBytes };
  }
  const [first] = idle;
  if (first !== undefined && missing <= sum(idle)) return { kind: 'unload', id: first.id };
  const heldBack = movable.filter(({ yields }) => wanted.yields !== true || yields === true);
  const givingWay = wanted.yields === true ? [] : movable.filter((one) => one.yields === true && one.busy);
  const end = missing <= sum([...idle, ...givingWay]) ? givingWay : [];
  return { kind: 'wait', hold: heldBack.map(({ id }) => id), end: end.map(({ id }) => id) };
}

/** Whether there is room beside all that stays: what gives way stays only for others that do, or while it is busy. */
export function fitsBeside({
  wanted,
  residents,
  room,
}: {
  wanted: Wanted;
  residents: readonly Resident[];
  room: MemoryRoom;
}): boolean {
  const leaves = ({ yields, busy, state }: Resident): boolean =>
    wanted.yields !== true && yields === true && !busy && state === 'loaded';
  const given = residents.filter(leaves).reduce((bytes, one) => bytes + one.needBytes, 0);
  const { availableBytes = Infinity } = room;
  const decision = decideResidency({
    wanted,
    residents: residents.filter((one) => !leaves(one)),
    room: { ...room, availableBytes: availableBytes + given },
  });
  return decision.kind === 'enter';
}
