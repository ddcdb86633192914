import type { DegradeMemory, DegradeStep } from '@flotilla/agent-serving-core';
import type { Clock, Timer } from '@flotilla/kernel';
import {
  appliedAdapter,
  fingerprintOf,
  type Deployment,
  type DeploymentStage,
  type DeploymentState,
} from './deployment.ts';
import { createEngineKeeper, type EngineKeeper, type EngineKeeperOptions } from './engine-keeper.ts';
import type { Engine, StartEngine } from './engine.ts';
import type { DeploymentRef, ServingEvents } from './serving-events.ts';
import type { SideMemory } from './side-memory.ts';

export interface LoadedDeploymentOptions {
  deployment: Deployment;
  startEngine: StartEngine;
  createSide: (engine: Engine) => SideMemory;
  /** The memory of a second copy, until it is given back; undefined where there is none. */
  reserve: () => Promise<(() => void) | undefined>;
  degradeMemory: DegradeMemory;
  clock: Clock;
  random: () => number;
  emit: <Name extends keyof ServingEvents>(name: Name, payload: ServingEvents[Name]) => void;
  /** An engine is up: whoever waits may run. */
  onUp: () => void;
  onBroken: (reason: string) => void;
  /** Nothing runs here any more. */
  onIdle: () => void;
  /** It has been idle as long as its last caller wished it to stay loaded. Resolves to whether it was unloaded. */
  onExpired: () => Promise<boolean>;
}

/** One whose time was over while it was being changed or started again is asked again so soon. */
const ASK_AGAIN_MS = 60_000;

/** A deployment with the engine that is kept alive for it, and the requests that run there. */
export interface LoadedDeployment {
  readonly deployment: Deployment;
  readonly ref: DeploymentRef;
  readonly keeper: EngineKeeper;
  readonly running: Set<unknown>;
  draining: boolean;
  /** Its first load is under way, or waits for memory. */
  preparing: boolean;
  /** Its engine is being started for requests that wait; aborting gives it up. */
  waking: AbortController | undefined;
  /** Monotonic milliseconds of the last request's end or start. */
  lastUsedAt: number;
  /**
   * From the end of what runs now it stays loaded so long, in milliseconds; the last wish counts. Undefined, Infinity,
   * and always where its release keeps it loaded: until another one needs its memory.
   */
  keepFor(ms: number | undefined): void;
  /** The memory of what an engine of it has beside the context that serves. */
  sideOf(engine: Engine): SideMemory;
  state(hasTraffic: boolean): DeploymentState;
  /** Resolves when nothing runs here. */
  idle(): Promise<void>;
  /** To be called when something stopped running here. */
  noteIdle(): void;
}

export function createLoadedDeployment(options: LoadedDeploymentOptions): LoadedDeployment {
  const {
    deployment,
    startEngine,
    createSide,
    reserve,
    degradeMemory,
    clock,
    random,
    emit,
    onUp,
    onBroken,
    onIdle,
    onExpired,
  } = options;
  const { service, variant, variantDigest, release, isLocal = false } = deployment;
  const ref: DeploymentRef = {
    service,
    deployment: deployment.id,
    variant,
    variantDigest,
    fingerprint: fingerprintOf(deployment),
    release,
    isLocal,
  };
  const key = { variantDigest, release };
  const running = new Set<unknown>();
  const sides = new WeakMap<Engine, SideMemory>();
  let waiters: (() => void)[] = [];
  let keepForMs = Infinity;
  let expiry: { at: number; timer: Timer } | undefined;
  const keeper = createEngineKeeper({
    spec: deployment.spec,
    minContextTokens: deployment.minContextTokens ?? deployment.spec.contextTokens,
    memory: isLocal
      ? ownRungs()
      : {
          recall: () => degradeMemory.recall(key),
          remember: (taken) => degradeMemory.remember(key, taken),
        },
    idleMs: () => (running.size > 0 ? 0 : clock.monotonic() - loaded.lastUsedAt),
    reserve,
    startEngine,
    clock,
    random,
    events: {
      started(engine, restart) {
        emit('engine-started', { ...ref, info: engine.info, restart });
        onUp();
      },
      exited: ({ expected, code, signal, log }) =>
        emit('engine-exited', { ...ref, expected, code, signal, log, lost: running.size }),
      degraded: (step) => emit('engine-degraded', { ...ref, step }),
      climbed: (step) => emit('engine-climbed', { ...ref, step }),
      broken(exits, reason) {
        emit('engine-broken', { ...ref, exits, reason });
        onBroken(reason);
      },
      recovered: () => emit('engine-recovered', ref),
    },
  });

  function disarm(): void {
    expiry?.timer.cancel();
    expiry = undefined;
  }

  function arm(ms = keepForMs): void {
    disarm();
    if (!Number.isFinite(keepForMs)) return;
    expiry = { at: clock.now() + ms, timer: clock.setTimeout(() => void expire(), ms) };
  }

  async function expire(): Promise<void> {
    expiry = undefined;
    const left = (await onExpired()) || ['sleeping', 'stopped'].includes(keeper.stage);
    if (!left && running.size === 0 && expiry === undefined) arm(ASK_AGAIN_MS);
  }

  function unloadsAt(): number | undefined {
    if (keeper.stage !== 'up') return undefined;
    if (running.size > 0 && Number.isFinite(keepForMs)) return clock.now() + keepForMs;
    return expiry?.at;
  }

  function stageOf(hasTraffic: boolean): DeploymentStage {
    if (loaded.draining) return 'draining';
    switch (keeper.stage) {
      case 'sleeping':
        return loaded.preparing || loaded.waking !== undefined ? 'loading' : 'sleeping';
      case 'starting':
        return 'loading';
      case 'recovering':
        return 'recovering';
      case 'broken':
        return 'broken';
      case 'stopped':
        return 'draining';
      case 'up':
        return hasTraffic ? 'serving' : 'ready';
    }
  }

  function admittedBytes(): number {
    const { engine } = keeper;
    return engine === undefined ? 0 : (deployment.needBytes ?? 0) + (sides.get(engine)?.bytes ?? 0);
  }

  const loaded: LoadedDeployment = {
    deployment,
    ref,
    keeper,
    running,
    draining: false,
    preparing: false,
    waking: undefined,
    lastUsedAt: clock.monotonic(),
    sideOf(engine) {
      const side = sides.get(engine) ?? createSide(engine);
      sides.set(engine, side);
      return side;
    },
    state: (hasTraffic) => ({
      id: deployment.id,
      service,
      variant,
      variantDigest,
      adapter: appliedAdapter(deployment),
      release,
      isLocal,
      keepLoaded: deployment.keepLoaded ?? false,
      needBytes: deployment.needBytes ?? 0,
      stage: stageOf(hasTraffic),
      hasTraffic,
      running: running.size,
      unloadsAt: unloadsAt(),
      contextTokens: keeper.spec.contextTokens,
      sequences: keeper.spec.sequences,
      admittedBytes: admittedBytes(),
      degraded: keeper.degraded,
      loadShare: keeper.loadShare,
      engine: keeper.engine?.info,
      lastEngine: keeper.lastInfo,
      restarts: keeper.restarts,
      lastFailure: keeper.lastFailure,
    }),
    keepFor(ms = Infinity) {
      keepForMs = deployment.keepLoaded === true ? Infinity : ms;
      if (running.size === 0) arm();
      else disarm();
    },
    idle() {
      if (running.size === 0) return Promise.resolve();
      return new Promise((resolve) => waiters.push(resolve));
    },
    noteIdle() {
      loaded.lastUsedAt = clock.monotonic();
      if (running.size > 0) return;
      const woken = waiters;
      waiters = [];
      for (const wake of woken) wake();
      arm();
      onIdle();
    },
  };
  return loaded;
}

/** Of this deployment alone: two local models of one file are opened each in its own way, and neither outlives its deletion. */
function ownRungs(): EngineKeeperOptions['memory'] {
  let kept: readonly DegradeStep[] = [];
  return { recall: async () => kept, remember: async (taken) => void (kept = taken) };
}
