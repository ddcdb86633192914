import {
  degradedSpec,
  estimateLoadMs,
  exitReason,
  judgeExits,
  mayFitSmaller,
  nextRung,
  type DegradeStep,
} from '@flotilla/agent-serving-core';
import type { GenerationRequest } from '@flotilla/agent-openai';
import { FlotillaError, toFlotillaError } from '@flotilla/contracts';
import { retrySchedule, sleep, type Clock } from '@flotilla/kernel';
import type { Engine, EngineExit, EngineInfo, EngineSpec, StartEngine } from './engine.ts';
import { createClimber, type Climbed } from './climber.ts';
import { readProcessUsage } from './read-process-usage.ts';
import { watchLoad } from './watch-load.ts';
import { watchOver } from './watchdog.ts';

/** An engine that ends within this time of its start counts towards a crash loop; this long alive, and it has recovered. */
const SHORT_LIFE_MS = 60_000;
/** Longest that the first token of an engine that climbed may take: a GPU may compile its shaders for it. */
const TRY_OUT_MS = 180_000;
const ONE_TOKEN: GenerationRequest = {
  messages: [{ role: 'user', content: 'a' }],
  tools: [],
  stop: [],
  sampling: {},
  maxTokens: 1,
};
/** How often a copy that was replaced is asked whether its last requests have ended. */
const RETIRE_LOOK_MS = 1_000;

export interface KeeperEvents {
  started(engine: Engine, restart: boolean): void;
  exited(exit: EngineExit): void;
  degraded(step: DegradeStep): void;
  /** The step that was taken back. */
  climbed(step: DegradeStep): void;
  /** The ladder has no rung left. */
  broken(exits: number, reason: string): void;
  recovered(): void;
}

export interface EngineKeeperOptions {
  spec: EngineSpec;
  /** Least context that the ladder may come down to. */
  minContextTokens: number;
  /** What was learnt of this model in this release, over restarts. */
  memory: {
    recall(): Promise<readonly DegradeStep[]>;
    remember(taken: readonly DegradeStep[]): Promise<void>;
  };
  /** See `ClimberOptions`. */
  idleMs: () => number;
  reserve: () => Promise<(() => void) | undefined>;
  startEngine: StartEngine;
  clock: Clock;
  random: () => number;
  events: KeeperEvents;
}

export interface EngineKeeper {
  /** The engine that runs now; undefined while there is none. */
  readonly engine: Engine | undefined;
  readonly stage: 'sleeping' | 'starting' | 'up' | 'recovering' | 'broken' | 'stopped';
  /** How the model is opened, rungs taken included. */
  readonly spec: EngineSpec;
  readonly degraded: readonly DegradeStep[];
  /** Part of the file that is read while it loads; undefined where the engine does not say, or does not load. */
  readonly loadShare: number | undefined;
  /** Milliseconds that the load under way still takes, or the next one would; undefined where nothing was measured. */
  readonly expectedLoadMs: number | undefined;
  /** Of the last engine that was loaded. */
  readonly lastInfo: EngineInfo | undefined;
  /** Engines that ended unexpectedly and were started again. */
  readonly restarts: number;
  readonly lastFailure: string | undefined;
  /** Loads from nothing or from sleep, lower on the ladder where memory is short. What fails is thrown: it sleeps then. */
  start(signal: AbortSignal): Promise<void>;
  /** Unloads until the next `start`, or gives up trying. False, and nothing happens, unless it is up or broken. */
  sleep(): Promise<boolean>;
  stop(): Promise<void>;
}

/**
 * Keeps one model loaded.
 *
 * Invariants: at most one engine process at a time, but for a climb, until what ran before it has ended; after an
 * unexpected exit the next start is immediate; one that ends soon again is opened a rung lower, at once; without a rung
 * left later starts wait longer and longer, it is `broken` and still tried at the longest interval, until it is put to
 * sleep, because what broke it (memory, heat) may pass; one that hangs, loaded or not, is killed and counts as ended; one that was opened lower climbs
 * back while it serves, and a request ends on the engine it began on; after `stop` nothing is started any more.
 */
export function createEngineKeeper({
  spec: promised,
  minContextTokens,
  memory,
  idleMs,
  reserve,
  startEngine,
  clock,
  random,
  events,
}: EngineKeeperOptions): EngineKeeper {
  const stopping = new AbortController();
  let engine: Engine | undefined;
  let stage: EngineKeeper['stage'] = 'sleeping';
  let degraded: readonly DegradeStep[] = [];
  let loadShare: number | undefined;
  let loadingSince: number | undefined;
  let lastLoadMs: number | undefined;
  let restarts = 0;
  let lastFailure: string | undefined;
  let lastInfo: EngineInfo | undefined;
  let exits = 0;
  let watching: Promise<void> = Promise.resolve();
  let recovering = new AbortController();
  let recovery: Promise<void> = Promise.resolve();
  /** It was told to be broken, and has not lived long enough since. */
  let wasBroken = false;
  /** Engines that were replaced by themselves, a rung higher: their end is expected. */
  const retired = new WeakSet<Engine>();
  let retiring: Promise<void> = Promise.resolve();
  const climber = createClimber({ clock, idleMs, reserve, climb });

  const isStopping = (): boolean => stopping.signal.aborted;
  const specNow = (): EngineSpec => degradedSpec(promised, degraded);

  async function load(signal: AbortSignal, spec = specNow()): Promise<Engine> {
    const startedAt = clock.monotonic();
    const hanging = new AbortController();
    let pid: number | undefined;
    loadingSince = startedAt;
    loadShare = undefined;
    const watch = watchLoad({
      clock,
      look: async () => ({
        share: loadShare,
        usage: pid === undefined ? undefined : await readProcessUsage(pid),
      }),
      onHung: (reason) => hanging.abort(notReady(reason)),
    });
    try {
      const started = await startEngine(spec, {
        signal: AbortSignal.any([signal, hanging.signal]),
        onProgress: (share) => (loadShare = share),
        onForked: (forked) => (pid = forked),
      });
      lastLoadMs = clock.monotonic() - startedAt;
      lastInfo = started.info;
      return started;
    } catch (error) {
      if (hanging.signal.aborted)
        events.exited({
          expected: false,
          code: null,
          signal: 'SIGKILL',
          log: [toFlotillaError(error).message],
        });
      throw error;
    } finally {
      watch.stop();
      loadingSince = undefined;
      loadShare = undefined;
    }
  }

  function adopt(started: Engine, restart: boolean): void {
    engine = started;
    if (stage !== 'broken') stage = 'up';
    events.started(started, restart);
    watching = watch(started);
    if (degraded.length > 0) climber.watch();
    else climber.rest();
  }

  async function watch(started: Engine): Promise<void> {
    let hung: string | undefined;
    const settled = clock.setTimeout(settle, SHORT_LIFE_MS);
    const watchdog = watchOver({
      engine: started,
      clock,
      onHung(reason) {
        hung = reason;
        started.kill();
      },
    });
    const exit = await started.exited;
    settled.cancel();
    watchdog.stop();
    if (retired.has(started)) {
      events.exited({ ...exit, expected: true });
      return;
    }
    engine = undefined;
    climber.rest();
    if (stage === 'sleeping' || isStopping()) {
      events.exited(exit);
      return;
    }
    lastFailure = describeExit(exit, hung);
    const atOnce = noteExit();
    events.exited(exit);
    await recover(atOnce);
  }

  /** Long enough alive: earlier exits are history. */
  function settle(): void {
    exits = 0;
    if (!wasBroken) return;
    wasBroken = false;
    if (stage === 'broken') stage = 'up';
    events.recovered();
  }

  function rung(why: string): DegradeStep | undefined {
    return nextRung({
      spec: specNow(),
      minContextTokens,
      gpuLayers: lastInfo?.gpuLayers ?? 0,
      taken: degraded,
      why,
      at: clock.now(),
    });
  }

  function stand(on: readonly DegradeStep[]): void {
    degraded = on;
    memory.remember(on).catch(() => undefined); // forgotten at a restart, and found again
  }

  function take(step: DegradeStep): void {
    stand([...degraded, step]);
    climber.noteFall();
    events.degraded(step);
  }

  /** One rung up. Requests wait for a load only where it is done in place. */
  async function climb(how: 'beside' | 'in-place'): Promise<Climbed | undefined> {
    const old = engine;
    const last = degraded.at(-1);
    if (old === undefined || last === undefined || stage !== 'up') return undefined;
    const higher = degraded.slice(0, -1);
    if (how === 'in-place') {
      stage = 'recovering';
      engine = undefined;
      retired.add(old);
      await old.stop();
    }
    try {
      const next = await load(stopping.signal, degradedSpec(promised, higher));
      await tryOut(next);
      // It may have been stopped, or ended, or been put to sleep, beside the climb.
      if (isStopping() || (how === 'beside' && (engine !== old || old.hasExited || stage !== 'up'))) {
        await next.stop();
        return undefined;
      }
      retired.add(old);
      stand(higher);
      adopt(next, true);
      retiring = retire(old);
      events.climbed(last);
      return { alone: retiring };
    } catch (error) {
      lastFailure = toFlotillaError(error).message;
      if (how === 'in-place' && !isStopping()) await (recovery = recover(true));
      return undefined;
    }
  }

  /** One token, before requests come: a GPU that cannot compute loads all the same. Throws where the engine ended of it. */
  async function tryOut(started: Engine): Promise<void> {
    const late = clock.setTimeout(() => started.kill(), TRY_OUT_MS);
    try {
      for await (const _event of started.generate(ONE_TOKEN, { signal: stopping.signal }));
    } catch (error) {
      if (started.hasExited) throw error; // what else it refuses is not for this prompt to tell
    } finally {
      late.cancel();
    }
  }

  /** What runs on it ends there. */
  async function retire(old: Engine): Promise<void> {
    while (!old.hasExited && old.pending > 0 && !isStopping())
      await sleep({ clock, ms: RETIRE_LOOK_MS, signal: stopping.signal }).catch(() => undefined);
    await old.stop();
  }

  /** True when the next start is another one than the last, and worth trying at once. */
  function noteExit(): boolean {
    exits += 1;
    climber.noteEnd();
    if (stage === 'broken') return false;
    stage = 'recovering';
    const next = rung(lastFailure ?? 'its engine ended');
    switch (judgeExits({ exits, hasRung: next !== undefined })) {
      case 'restart':
        return exits === 1;
      case 'degrade':
        if (next !== undefined) take(next);
        return true;
      case 'broken':
        stage = 'broken';
        wasBroken = true;
        events.broken(exits, lastFailure ?? 'unknown');
        return false;
    }
  }

  async function recover(atOnce: boolean): Promise<void> {
    const delays = retrySchedule({ initialMs: 500, minMs: 200, maxMs: 30_000, random })[Symbol.iterator]();
    for (let skip = 1; skip < exits; skip += 1) delays.next();
    let wait = atOnce ? 0 : (delays.next().value ?? 0);
    recovering = new AbortController();
    const signal = AbortSignal.any([stopping.signal, recovering.signal]);
    for (;;) {
      try {
        if (wait > 0) await sleep({ clock, ms: wait, signal });
        const started = await load(signal);
        if (signal.aborted) return void (await started.stop());
        restarts += 1;
        adopt(started, true);
        return;
      } catch (error) {
        if (signal.aborted) return;
        lastFailure = toFlotillaError(error).message;
        wait = noteExit() ? 0 : (delays.next().value ?? 0);
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
    get spec() {
      return specNow();
    },
    get degraded() {
      return degraded;
    },
    get loadShare() {
      return loadShare;
    },
    get expectedLoadMs() {
      const elapsedMs = loadingSince === undefined ? 0 : clock.monotonic() - loadingSince;
      return estimateLoadMs({ elapsedMs, share: loadShare, lastMs: lastLoadMs });
    },
    get lastInfo() {
      return lastInfo;
    },
    get restarts() {
      return restarts;
    },
    get lastFailure() {
      return lastFailure;
    },
    async start(signal) {
      const either = AbortSignal.any([signal, stopping.signal]);
      stage = 'starting';
      try {
        degraded = await memory.recall().catch(() => degraded);
        let hangs = 0;
        for (;;) {
          try {
            adopt(await load(either), false);
            return;
          } catch (thrown) {
            either.throwIfAborted();
            const error = toFlotillaError(thrown);
            lastFailure = error.message;
            // The disk may have stood still, and goes on.
            if (error.code === 'timeout' && (hangs += 1) === 1) continue;
            const next = mayFitSmaller(error) ? rung(error.message) : undefined;
            if (next === undefined) throw thrown;
            take(next);
          }
        }
      } catch (error) {
        stage = 'sleeping';
        throw error;
      }
    },
    async sleep() {
      if (stage !== 'up' && stage !== 'broken') return false;
      stage = 'sleeping';
      const leaving = engine;
      engine = undefined; // what is asked from now on waits for the next one
      recovering.abort(new FlotillaError('aborted', 'It is put to sleep.'));
      await leaving?.stop();
      await Promise.all([watching, recovery]);
      return true;
    },
    async stop() {
      stopping.abort(new FlotillaError('draining', 'The engine is being stopped.'));
      climber.rest();
      await engine?.stop();
      await Promise.allSettled([watching, climber.idle(), retiring]);
    },
  };
}

function notReady(reason: string): FlotillaError {
  return new FlotillaError('timeout', `The engine did not get ready and was ended: ${reason}.`, {
    details: { fix: 'Look at the disk and the memory of the device.' },
  });
}

function describeExit(exit: EngineExit, hung: string | undefined): string {
  if (hung !== undefined) return `The engine process hung and was ended: ${hung}.`;
  const how = exit.signal === null ? `with code ${exit.code ?? '?'}` : `by ${exit.signal}`;
  const why = exitReason(exit.log);
  return `The engine process ended ${how}${why === undefined ? '.' : `: ${why}`}`;
}
