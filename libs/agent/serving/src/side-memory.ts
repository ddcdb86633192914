import { FlotillaError } from '@flotilla/contracts';
import type { Clock, Timer } from '@flotilla/kernel';
import type { Engine, SideContextKind } from './engine.ts';
import type { Residency } from './residency.ts';

/** What nobody used for so long gives its memory back. */
const IDLE_MS = 300_000;

interface Side {
  id: string;
  entered: Promise<void>;
  /** Gives up waiting for the memory. */
  waiting: AbortController;
  uses: number;
  lastUsedAt: number;
  timer: Timer | undefined;
}

/**
 * The contexts that one engine has beside the one that serves: each asks for memory like a model, gives it back where
 * another one needs it, and leaves when nobody used it for five minutes.
 */
export interface SideMemory {
  /** Runs work that needs such a context. Throws `did-not-fit` where there is no memory for it now, and `aborted`. */
  using<Result>(
    kind: SideContextKind,
    work: () => Promise<Result>,
    options: { signal: AbortSignal },
  ): Promise<Result>;
  /** Memory that was admitted for those that are open. */
  readonly bytes: number;
}

export function createSideMemory({
  deployment,
  service,
  yields,
  engine,
  residency,
  clock,
}: {
  /** Id of the deployment whose engine it is. */
  deployment: string;
  service: string;
  /** Whether that deployment gives way to others. */
  yields: boolean;
  engine: Engine;
  residency: Residency;
  clock: Clock;
}): SideMemory {
  const sides = new Map<SideContextKind, Side>();
  const admitted = new Map<SideContextKind, number>();
  let opened = 0;

  engine.exited
    .then(() => {
      for (const { id, timer, waiting } of sides.values()) {
        timer?.cancel();
        waiting.abort(new FlotillaError('engine-crashed', `The engine of \`${deployment}\` ended.`));
        residency.remove(id);
      }
      admitted.clear();
    })
    .catch(() => undefined); // it never rejects

  async function enter(kind: SideContextKind, side: Side): Promise<void> {
    const needBytes = await engine.sideBytes(kind);
    side.waiting.signal.throwIfAborted();
    residency.add({
      id: side.id,
      service,
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
    await residency.enter(side.id, { signal: side.waiting.signal });
    admitted.set(kind, needBytes);
  }

  function forget(kind: SideContextKind, side: Side): void {
    side.timer?.cancel();
    if (sides.get(kind) !== side) return; // another one has taken its place
    sides.delete(kind);
    admitted.delete(kind);
  }

  return {
    async using(kind, work, { signal }) {
      const side = sides.get(kind) ?? open(kind);
      side.uses += 1;
      side.timer?.cancel();
      try {
        await untilAborted(side.entered, signal);
        return await work();
      } finally {
        side.uses -= 1;
        side.lastUsedAt = clock.monotonic();
        if (sides.get(kind) === side) rest(kind, side);
      }
    },
    get bytes() {
      return [...admitted.values()].reduce((sum, bytes) => sum + bytes, 0);
    },
  };

  /** After a use, whether it came to the memory or gave up waiting. */
  function rest(kind: SideContextKind, side: Side): void {
    if (admitted.has(kind)) {
      residency.settled(side.id, 'loaded');
      if (side.uses === 0) side.timer = clock.setTimeout(() => void residency.dismiss(side.id), IDLE_MS);
    } else if (side.uses === 0) {
      forget(kind, side);
      side.waiting.abort(new FlotillaError('aborted', 'Nobody waits for it any more.'));
    }
  }

  function open(kind: SideContextKind): Side {
    const side: Side = {
      id: `${deployment} ${kind} ${(opened += 1)} of ${engine.info.pid}`,
      entered: Promise.resolve(),
      waiting: new AbortController(),
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

/** What a promise resolves to, unless a signal comes first: then `aborted`, and the promise goes on for others. */
async function untilAborted<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const abort = Promise.withResolvers<never>();
  const onAbort = (): void =>
    abort.reject(
      new FlotillaError('aborted', 'The request was cancelled while it waited for memory.', {
        cause: signal.reason,
      }),
    );
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, abort.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
