import { FlotillaError, toFlotillaError } from '@flotilla/contracts';
import { retrySchedule, sleep, type Clock } from '@flotilla/kernel';
import type { Engine, EngineExit, EngineSpec, StartEngine } from './engine.ts';

/** Exits within this time of the first of them count towards a crash loop; this long alive, and it has recovered. */
const LOOP_WINDOW_MS = 60_000;
const LOOP_EXITS = 4;

export interface KeeperEvents {
  started(engine: Engine, restart: boolean): void;
  exited(exit: EngineExit): void;
  broken(exits: number, reason: string): void;
  recovered(): void;
}

export interface EngineKeeperOptions {
  spec: EngineSpec;
  startEngine: StartEngine;
  clock: Clock;
  random: () => number;
  events: KeeperEvents;
}

export interface EngineKeeper {
  /** The engine that runs now; undefined while there is none. */
  readonly engine: Engine | undefined;
  readonly stage: 'starting' | 'up' | 'recovering' | 'broken' | 'stopped';
  readonly restarts: number;
  readonly lastFailure: string | undefined;
  /** Loads for the first time. What fails here fails for good: the caller decides what to try instead. */
  start(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Keeps one model loaded.
 *
 * Invariants: at most one engine process at a time; after an unexpected exit the next start is immediate,
 * later ones wait longer and longer; an engine that keeps dying is `broken` and still tried at the longest
 * interval, because what broke it (memory, heat) may pass; after `stop` nothing is started any more.
 */
export function createEngineKeeper({
  spec,
  startEngine,
  clock,
  random,
  events,
}: EngineKeeperOptions): EngineKeeper {
  const stopping = new AbortController();
  let engine: Engine | undefined;
  let stage: EngineKeeper['stage'] = 'starting';
  let restarts = 0;
  let lastFailure: string | undefined;
  let exits: number[] = [];
  let watching: Promise<void> = Promise.resolve();

  const isStopping = (): boolean => stopping.signal.aborted;

  function adopt(started: Engine, restart: boolean): void {
    engine = started;
    if (stage !== 'broken') stage = 'up';
    events.started(started, restart);
    watching = watch(started);
  }

  async function watch(started: Engine): Promise<void> {
    const settled = clock.setTimeout(settle, LOOP_WINDOW_MS);
    const exit = await started.exited;
    settled.cancel();
    engine = undefined;
    lastFailure = describeExit(exit);
    events.exited(exit);
    if (!isStopping()) await recover();
  }

  /** Long enough alive: earlier exits are history. */
  function settle(): void {
    exits = [];
    if (stage !== 'broken') return;
    stage = 'up';
    events.recovered();
  }

  function noteExit(): void {
    const now = clock.monotonic();
    exits = [...exits.filter((at) => now - at < LOOP_WINDOW_MS), now];
    if (stage === 'broken') return;
    stage = 'recovering';
    if (exits.length < LOOP_EXITS) return;
    stage = 'broken';
    events.broken(exits.length, lastFailure ?? 'unknown');
  }

  async function recover(): Promise<void> {
    noteExit();
    const delays = retrySchedule({ initialMs: 500, minMs: 200, maxMs: 30_000, random })[Symbol.iterator]();
    for (let skip = 1; skip < exits.length; skip += 1) delays.next();
    let wait = exits.length <= 1 ? 0 : (delays.next().value ?? 0);
    for (;;) {
      try {
        if (wait > 0) await sleep({ clock, ms: wait, signal: stopping.signal });
        const started = await startEngine(spec, { signal: stopping.signal });
        restarts += 1;
        adopt(started, true);
        return;
      } catch (error) {
        if (isStopping()) return;
        lastFailure = toFlotillaError(error).message;
        noteExit();
        wait = delays.next().value ?? 0;
      }
    }
  }

  return {
    get engine() {
      return engine?.hasExited === true ? undefined : engine;
    },
    get stage() {
      return isStopping() ? 'stopped' : stage;
    },
    get restarts() {
      return restarts;
    },
    get lastFailure() {
      return lastFailure;
    },
    async start(signal) {
      adopt(await startEngine(spec, { signal: AbortSignal.any([signal, stopping.signal]) }), false);
    },
    async stop() {
      stopping.abort(new FlotillaError('draining', 'The engine is being stopped.'));
      await engine?.stop();
      await watching;
    },
  };
}

function describeExit(exit: EngineExit): string {
  const how = exit.signal === null ? `with code ${exit.code ?? '?'}` : `by ${exit.signal}`;
  const why = exit.log.at(-1);
  return `The engine process ended ${how}${why === undefined ? '.' : `: ${why}`}`;
}
