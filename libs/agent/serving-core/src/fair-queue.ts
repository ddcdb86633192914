/** A bounded queue that serves its keys in turn, so that one busy app cannot starve the others. */
export interface FairQueue<Item> {
  readonly size: number;
  /** False when the queue is full; nothing was added then. */
  push(key: string, item: Item): boolean;
  /** Puts back what was taken and could not run; it is next, whatever the bound. */
  putBack(item: Item): void;
  /** The next one; with `isDue`, the next of those that are: a key's first item stands for all of it. */
  take(isDue?: (item: Item) => boolean): Item | undefined;
  remove(item: Item): boolean;
  /** Items that would be served before a new one of this key. */
  positionFor(key: string): number;
  some(is: (item: Item) => boolean): boolean;
  /** Takes everything. */
  clear(): Item[];
}

export function createFairQueue<Item>({ limit }: { limit: number }): FairQueue<Item> {
  const lanes = new Map<string, Item[]>();
  const first: Item[] = [];
  let size = 0;

  return {
    get size() {
      return size;
    },
    push(key, item) {
      if (size >= limit) return false;
      const lane = lanes.get(key);
      if (lane === undefined) lanes.set(key, [item]);
      else lane.push(item);
      size += 1;
      return true;
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
      for (const [key, lane] of lanes) {
        const [item] = lane;
        if (item === undefined || !isDue(item)) continue;
        lane.shift();
        // The lane goes to the end of the round.
        lanes.delete(key);
        if (lane.length > 0) lanes.set(key, lane);
        size -= 1;
        return item;
      }
      return undefined;
    },
    remove(item) {
      if (removeFrom(first, item)) {
        size -= 1;
        return true;
      }
      for (const [key, lane] of lanes) {
        if (!removeFrom(lane, item)) continue;
        if (lane.length === 0) lanes.delete(key);
        size -= 1;
        return true;
      }
      return false;
    },
    positionFor(key) {
      const own = lanes.get(key)?.length ?? 0;
      let before = first.length + own;
      // Before the (own + 1)th turn of this key, every other key has had own + 1 turns at most.
      for (const [other, lane] of lanes) if (other !== key) before += Math.min(lane.length, own + 1);
      return before;
    },
    some: (is) => first.some(is) || [...lanes.values()].some((lane) => lane.some(is)),
    clear() {
      const items = [...first.splice(0), ...[...lanes.values()].flat()];
      lanes.clear();
      size = 0;
      return items;
    },
  };
}

function removeFrom<Item>(items: Item[], item: Item): boolean {
  const index = items.indexOf(item);
  if (index < 0) return false;
  items.splice(index, 1);
  return true;
}
