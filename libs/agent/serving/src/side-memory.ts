import type { Clock, Timer } from '@flotilla/kernel';
import type { Engine, SideContextKind } from './engine.ts';
import type { Residency } from './residency.ts';

/** What nobody used for so long gives its memory back. */
const IDLE_MS = 300_000;

interface Side {
  id: string;
  entered: Promise<void>;
  uses: number;
  lastUsedAt: number;
  timer: Timer | undefined;
}

/**
 * The contexts that one engine has beside the one that serves: each asks for memory like a model, gives it back where
 * another one needs it, and leaves when nobody used it for five minutes.
 */
export interface SideMemory {
  /** Runs work that needs such a context. Throws `did-not-fit` where there is no memory for it now. */
  using<Result>(kind: SideContextKind, work: () => Promise<Result>): Promise<Result>;
  /** Memory that was admitted for those that are open. */
  readonly bytes: number;
}

export function createSideMemory({
  deployment,
  yields,
  engine,
  residency,
  clock,
}: {
  /** Id of the deployment whose engine it is. */
  deployment: string;
  /** Whether that deployment gives way to others. */
  yields: boolean;
  engine: Engine;
  residency: Residency;
  clock: Clock;
}): SideMemory {
  const sides = new Map<SideContextKind, Side>();
  const admitted = new Map<SideContextKind, number>();

  engine.exited
    .then(() => {
      for (const { id, timer } of sides.values()) {
        timer?.cancel();
        residency.remove(id);
      }
      admitted.clear();
    })
    .catch(() => undefined); // it never rejects

  async function enter(kind: SideContextKind, side: Side): Promise<void> {
    const needBytes = await engine.sideBytes(kind);
    residency.add({
      id: side.id,
      within: deployment,
      yields,
      needBytes,
      keepLoaded: false,
      get lastUsedAt() {
        return side.lastUsedAt;
      },
      isBusy: () => side.uses > 0,
      async unload() {
        // From now on a use asks for the memory anew.
        forget(kind, side);
        const left = await engine.closeSide(kind).catch(() => true); // an engine that ended has nothing open
        if (!left && !sides.has(kind)) {
          sides.set(kind, side);
          admitted.set(kind, needBytes);
        }
        return left;
      },
    });
    await residency.enter(side.id, { signal: NEVER });
    admitted.set(kind, needBytes);
  }

  function forget(kind: SideContextKind, side: Side): void {
    side.timer?.cancel();
    admitted.delete(kind);
    if (sides.get(kind) === side) sides.delete(kind);
  }

  return {
    async using(kind, work) {
      const side = sides.get(kind) ?? open(kind);
      side.uses += 1;
      side.timer?.cancel();
      try {
        await side.entered;
        return await work();
      } finally {
        side.uses -= 1;
        side.lastUsedAt = clock.monotonic();
        if (sides.get(kind) === side) {
          residency.settled(side.id, 'loaded');
          if (side.uses === 0) side.timer = clock.setTimeout(() => void residency.dismiss(side.id), IDLE_MS);
        }
      }
    },
    get bytes() {
      return [...admitted.values()].reduce((sum, bytes) => sum + bytes, 0);
    },
  };

  function open(kind: SideContextKind): Side {
    const side: Side = {
      id: `${deployment} ${kind} of ${engine.info.pid}`,
      entered: Promise.resolve(),
      uses: 0,
      lastUsedAt: clock.monotonic(),
      timer: undefined,
    };
    sides.set(kind, side);
    side.entered = enter(kind, side).catch((error: unknown) => {
      residency.remove(side.id);
      forget(kind, side);
      throw error;
    });
    return side;
  }
}

/** It waits for nobody, so nobody needs to call it back. */
const NEVER = new AbortController().signal;
