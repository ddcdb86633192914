/**
 * A bounded queue that serves its keys in turn, so that one busy app cannot starve the others; keys of a higher priority
 * before all others.
 */
export interface FairQueue<Item> {
  readonly size: number;
  /** Whether an item of this key would be taken: while there is a free place, or somebody's last one is further from its turn. */
  hasRoom(key: string, priority?: number): boolean;
  /**
   * Takes an item for which there is room, and returns the one that left for it, if any: the last of the key that has the
   * lowest priority and then the most here. A key's last `priority`, default 0, is that of all it has here.
   */
  push(key: string, item: Item, priority?: number): Item | undefined;
  /** Puts back what was taken and could not run; it is next, whatever the bound. */
  putBack(item: Item): void;
  /** The next one; with `isDue`, the next of those that are: a key's first item stands for all of it. */
  take(isDue?: (item: Item) => boolean): Item | undefined;
  remove(item: Item): boolean;
  /** Items that would be served before a new one of this key. */
  positionFor(key: string, priority?: number): number;
  some(is: (item: Item) => boolean): boolean;
  /** Takes everything. */
  clear(): Item[];
}

export function createFairQueue<Item>({ limit }: { limit: number }): FairQueue<Item> {
  const lanes = new Map<string, Lane<Item>>();
  const first: Item[] = [];
  let size = 0;

  function remove(item: Item): boolean {
    if (removeFrom(first, item)) {
      size -= 1;
      return true;
    }
    for (const [key, lane] of lanes) {
      if (!removeFrom(lane.items, item)) continue;
      if (lane.items.length === 0) lanes.delete(key);
      size -= 1;
      return true;
    }
    return false;
  }

  /** The item that leaves for a new one of this key; undefined where none is further from its turn. */
  function lastInTurn(key: string, priority: number): Item | undefined {
    const own = lanes.get(key)?.items.length ?? 0;
    const [last] = [...lanes.values()].sort(
      (one, other) => one.priority - other.priority || other.items.length - one.items.length,
    );
    if (last === undefined || last.priority > priority) return undefined;
    return last.priority < priority || last.items.length > own + 1 ? last.items.at(-1) : undefined;
  }

  return {
    get size() {
      return size;
    },
    hasRoom: (key, priority = 0) => size < limit || lastInTurn(key, priority) !== undefined,
    push(key, item, priority = 0) {
      const left = size < limit ? undefined : lastInTurn(key, priority);
      if (left !== undefined) remove(left);
      const lane = lanes.get(key) ?? { items: [], priority };
      lane.items.push(item);
      lane.priority = priority;
      lanes.set(key, lane);
      size += 1;
      return left;
    },
    putBack(item) {
      first.push(item);
      size += 1;
    },
    take(isDue = () => true) {
      const returned = first.findIndex(isDue);
      if (returned >= 0) {
        size -= 1;
        return first.splice(returned, 1)[0];
      }
      const due = [...lanes].filter(([, { items }]) => items[0] !== undefined && isDue(items[0]));
      const highest = Math.max(...due.map(([, { priority }]) => priority));
      const [key, lane] = due.find(([, { priority }]) => priority === highest) ?? [];
      if (key === undefined || lane === undefined) return undefined;
      // The lane goes to the end of the round.
      lanes.delete(key);
      if (lane.items.length > 1) lanes.set(key, lane);
      size -= 1;
      return lane.items.shift();
    },
    remove,
    positionFor(key, priority = 0) {
      const own = lanes.get(key)?.items.length ?? 0;
      let before = first.length + own;
      for (const [other, lane] of lanes) {
        if (other === key || lane.priority < priority) continue;
        // Before the (own + 1)th turn of this key, every other key of its priority has had own + 1 turns at most.
        const turns = lane.priority > priority ? lane.items.length : own + 1;
        before += Math.min(lane.items.length, turns);
      }
      return before;
    },
    some: (is) => first.some(is) || [...lanes.values()].some(({ items }) => items.some(is)),
    clear() {
      const items = [...first.splice(0), ...[...lanes.values()].flatMap((lane) => lane.items)];
      lanes.clear();
      size = 0;
      return items;
    },
  };
}

interface Lane<Item> {
  items: Item[];
  priority: number;
}

function removeFrom<Item>(items: Item[], item: Item): boolean {
  const index = items.indexOf(item);
  if (index < 0) return false;
  items.splice(index, 1);
  return true;
}
