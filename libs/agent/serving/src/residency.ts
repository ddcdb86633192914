import {
  decideResidency,
  fitsBeside,
  type MemoryRoom,
  type ResidencyDecision,
  type Resident,
} from '@flotilla/agent-serving-core';
import { FlotillaError, toFlotillaError } from '@flotilla/contracts';
import type { Clock, Timer } from '@flotilla/kernel';

/** So long what gives way may go on with its answers where its memory is waited for. */
const PATIENCE_MS = 5_000;

/** A model as the line for memory sees it; what it says is read again at every decision. */
export interface ResidentModel {
  readonly id: string;
  /** What it serves: its successor, and what belongs to it, serve the same. */
  readonly service: string;
  /** The one that it belongs to; see `Resident`. */
  readonly within?: string;
  /** It gives way to all others; see `Resident`. */
  readonly yields?: boolean;
  readonly needBytes: number;
  readonly keepLoaded: boolean;
  readonly lastUsedAt: number;
  /** `waitingSince`: what came to it later than the one that waits for its memory does not make it busy. */
  isBusy(waitingSince: number): boolean;
  /** Gives its memory back, and may come again; false where it could not, because something happened meanwhile. */
  unload(): Promise<boolean>;
  /** Ends what it answers, and its load; only asked of one that gives way. */
  end?(): void;
}

/**
 * Who is in memory, and the line of those who want to be.
 *
 * Invariants: what is in memory or on its way never passes the room as it was read; the line is first come first
 * served, but for those that give way, who stand behind all others, and those that one waited for waits for itself, who
 * pass; one that leaves the line is forgotten; what gives way keeps no other waiting for longer than a few seconds; a
 * decision is made again whenever something moved.
 */
export interface Residency {
  add(model: ResidentModel): void;
  remove(id: string): void;
  /** Resolves when the memory is its own: it may load then, and says how that ended. Throws `did-not-fit`, or the signal's reason. */
  enter(id: string, options: { signal: AbortSignal }): Promise<void>;
  /** Its load ended, or it has been unloaded by its owner. */
  settled(id: string, state: 'loaded' | 'asleep'): void;
  /** Since when someone waits for the memory of this one; requests that came later are kept back. Undefined: nobody. */
  heldSince(id: string): number | undefined;
  /** Something became idle. */
  moved(): void;
  /** Unloads a model whose time is over. False, and nothing happens, where it is busy, kept loaded, or asleep. */
  dismiss(id: string): Promise<boolean>;
  /**
   * Takes as much memory again as this one needs, where that fits beside all that stays in memory and nobody waits, until
   * the returned function is called. What gives way is unloaded for it, and has no memory twice itself.
   */
  reserve(id: string): Promise<(() => void) | undefined>;
  /** Resolves to whether it would fit beside all that stays in memory, with nothing unloaded but what gives way. */
  fitsBeside(id: string): Promise<boolean>;
}

interface Waiting {
  id: string;
  yields: boolean;
  since: number;
  /** Runs while only what gives way is in its way. */
  patience: Timer | undefined;
  isImpatient: boolean;
  enter: () => void;
  refuse: (error: FlotillaError) => void;
}

export function createResidency({
  readRoom,
  clock,
  onHeldBack,
}: {
  readRoom: () => Promise<MemoryRoom>;
  clock: Clock;
  /** The models that are kept back changed: their lanes may go on, or must look again. */
  onHeldBack: () => void;
}): Residency {
  const models = new Map<string, { model: ResidentModel; state: Resident['state'] }>();
  let line: Waiting[] = [];
  /** Those whose time is over: they leave between two decisions, as nobody may come in while one leaves. */
  let dismissed: { id: string; told: (left: boolean) => void }[] = [];
  /** Since when each is waited for. */
  let held: ReadonlyMap<string, number> = new Map();
  let blocked = new Map<string, number>();
  let turning = false;
  let again = false;

  function residents(since: number): Resident[] {
    return [...models.values()].map(({ model, state }) => ({
      id: model.id,
      within: model.within,
      yields: model.yields,
      needBytes: model.needBytes,
      keepLoaded: model.keepLoaded,
      lastUsedAt: model.lastUsedAt,
      busy: state !== 'loaded' || model.isBusy(since),
      state,
    }));
  }

  function leave(waiting: Waiting): void {
    waiting.patience?.cancel();
    line = line.filter((one) => one !== waiting);
  }

  async function letGo(id: string): Promise<boolean> {
    const entry = models.get(id);
    if (entry === undefined) return false;
    entry.state = 'leaving';
    const left = await entry.model.unload();
    entry.state = left ? 'asleep' : 'loaded';
    return left;
  }

  function endInTime(waiting: Waiting, ids: readonly string[]): void {
    if (waiting.isImpatient) for (const id of ids) models.get(id)?.model.end?.();
    else
      waiting.patience ??= clock.setTimeout(() => {
        waiting.isImpatient = true;
        void turn();
      }, PATIENCE_MS);
  }

  function dismiss(id: string): Promise<boolean> {
    return new Promise((told) => {
      dismissed.push({ id, told });
      void turn();
    });
  }

  async function letDismissedGo(): Promise<void> {
    const leaving = dismissed;
    dismissed = [];
    for (const { id, told } of leaving) {
      const entry = models.get(id);
      const mayLeave = entry?.state === 'loaded' && !entry.model.keepLoaded && !entry.model.isBusy(Infinity);
      told(mayLeave && (await letGo(id)));
    }
  }

  /** `since`: what came later keeps nobody busy. */
  async function decideFor(waiting: Waiting, since: number): Promise<ResidencyDecision | undefined> {
    const room = await readRoom();
    const model = models.get(waiting.id)?.model;
    if (model === undefined || !line.includes(waiting)) return undefined;
    return decideResidency({ wanted: model, residents: residents(since), room });
  }

  /** One decision for the first in the line, or for one that passes it; true when the next one may follow at once. */
  async function step(): Promise<boolean> {
    await letDismissedGo();
    const [first] = line;
    return first !== undefined && (await settleOne(first, { passed: [first], since: first.since }));
  }

  /** `passed`: those who wait for what it serves, itself included. */
  async function settleOne(
    waiting: Waiting,
    { passed, since }: { passed: readonly Waiting[]; since: number },
  ): Promise<boolean> {
    const decision = await decideFor(waiting, since);
    switch (decision?.kind) {
      case undefined:
        leave(waiting);
        return true;
      case 'enter': {
        const entry = models.get(waiting.id);
        if (entry !== undefined) entry.state = 'loading';
        leave(waiting);
        waiting.enter();
        return true;
      }
      case 'unload':
        await letGo(decision.id);
        return true;
      case 'wait': {
        for (const id of decision.hold) if (!blocked.has(id)) blocked.set(id, since);
        if (decision.end.length > 0) endInTime(waiting, decision.end);
        const next = line.find((one) => !passed.includes(one) && freesOneOf(decision.hold, one));
        return next !== undefined && (await settleOne(next, { passed: [...passed, next], since }));
      }
      case 'refuse':
        leave(waiting);
        waiting.refuse(didNotFit(waiting.id, decision));
        return true;
    }
  }

  /** Whether one of those that are waited for becomes idle only with this one: by its successor, or what belongs to it. */
  function freesOneOf(held: readonly string[], { id }: Waiting): boolean {
    const service = models.get(id)?.model.service;
    return held.some((one) => one !== id && models.get(one)?.model.service === service);
  }

  async function turn(): Promise<void> {
    if (turning) {
      again = true;
      return;
    }
    turning = true;
    try {
      do {
        again = false;
        blocked = new Map();
        while (await step());
      } while (again);
    } catch (error) {
      const [first] = line;
      if (first !== undefined) {
        leave(first);
        first.refuse(toFlotillaError(error));
      }
    } finally {
      turning = false;
    }
    const changed = held.size + blocked.size > 0;
    // Until here the last decision held: a request must not slip through while memory is being read.
    held = blocked;
    if (changed) onHeldBack();
    if (again) void turn();
  }

  return {
    add(model) {
      models.set(model.id, { model, state: 'asleep' });
    },
    remove(id) {
      models.delete(id);
      for (const waiting of line.filter((one) => one.id === id)) {
        leave(waiting);
        waiting.refuse(new FlotillaError('aborted', 'What waited for memory is gone.'));
      }
      void turn();
    },
    enter(id, { signal }) {
      return new Promise((resolve, reject) => {
        const onAbort = (): void => {
          leave(waiting);
          reject(signal.reason as Error);
          void turn();
        };
        const waiting: Waiting = {
          id,
          yields: models.get(id)?.model.yields === true,
          since: clock.monotonic(),
          patience: undefined,
          isImpatient: false,
          enter: () => {
            signal.removeEventListener('abort', onAbort);
            resolve();
          },
          refuse: (error) => {
            signal.removeEventListener('abort', onAbort);
            reject(error);
          },
        };
        if (signal.aborted) {
          reject(signal.reason as Error);
          return;
        }
        signal.addEventListener('abort', onAbort, { once: true });
        line = inLine(line, waiting);
        void turn();
      });
    },
    settled(id, state) {
      const entry = models.get(id);
      if (entry !== undefined && entry.state !== 'leaving') entry.state = state;
      void turn();
    },
    heldSince: (id) => held.get(id),
    moved() {
      if (line.length > 0) void turn();
    },
    dismiss,
    async reserve(id) {
      const own = models.get(id)?.model;
      if (own === undefined || own.yields === true) return undefined;
      const name = `${id} again`;
      // No successor of its own lets it go, so it serves nothing that one in the line could serve.
      const wanted = { id: name, service: name, needBytes: own.needBytes };
      for (;;) {
        const room = await readRoom();
        if (line.length > 0) return undefined;
        const others = { wanted, residents: residents(-Infinity), room };
        const decision = decideResidency(others);
        if (decision.kind === 'enter') break;
        // What gives way is unloaded first, and is enough.
        if (decision.kind !== 'unload' || !fitsBeside(others)) return undefined;
        if (!(await dismiss(decision.id))) return undefined;
      }
      const model = {
        ...wanted,
        // It gives its memory back by itself: who needs it waits, and is not refused.
        keepLoaded: false,
        lastUsedAt: 0,
        isBusy: () => true,
        unload: async () => false,
      };
      models.set(wanted.id, { model, state: 'loading' });
      return () => {
        models.delete(wanted.id);
        void turn();
      };
    },
    async fitsBeside(id) {
      const model = models.get(id)?.model;
      if (model === undefined) return false;
      const room = await readRoom();
      if (line.length > 0) return false;
      return fitsBeside({ wanted: model, residents: residents(-Infinity), room });
    },
  };
}

/** The line with one more: behind all who came before, but before those that give way. */
function inLine(line: readonly Waiting[], waiting: Waiting): Waiting[] {
  if (waiting.yields) return [...line, waiting];
  return [...line.filter(({ yields }) => !yields), waiting, ...line.filter(({ yields }) => yields)];
}

function didNotFit(
  id: string,
  { limit, needBytes, limitBytes }: Extract<ResidencyDecision, { kind: 'refuse' }>,
): FlotillaError {
  const why =
    limit === 'cap'
      ? `${limitBytes} may be taken beside the models that stay loaded`
      : `${limitBytes} are free at this moment`;
  return new FlotillaError('did-not-fit', `The model needs ${needBytes} bytes of memory; ${why}.`, {
    // The memory of a box is freed by others too, and a policy can be changed: it is worth another try.
    retryable: true,
    details: { about: id, needBytes, limitBytes, limit, retryAfterMs: 30_000 },
  });
}
