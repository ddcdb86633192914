import type { DegradeMemory, MemoryRoom } from '@flotilla/agent-serving-core';
import { FlotillaError, toFlotillaError } from '@flotilla/contracts';
import { sleep, type Clock } from '@flotilla/kernel';
import type { Deployment } from './deployment.ts';
import type { StartEngine } from './engine.ts';
import { createLoadedDeployment, type LoadedDeployment } from './loaded-deployment.ts';
import { createResidency } from './residency.ts';
import { createServiceLane, type ServiceLane } from './service-lane.ts';
import type { ServingEvents } from './serving-events.ts';
import { createSideMemory } from './side-memory.ts';

/** Loads for requests that fail so often in a row count as an engine that keeps ending. */
const MOST_FAILED_WAKES = 3;

export interface DeploymentsOptions {
  startEngine: StartEngine;
  readRoom: () => Promise<MemoryRoom>;
  degradeMemory: DegradeMemory;
  clock: Clock;
  random: () => number;
  queueLimit: number;
  emit: <Name extends keyof ServingEvents>(name: Name, payload: ServingEvents[Name]) => void;
}

/**
 * What is loaded, what sleeps, and the lanes before it.
 *
 * A deployment without traffic is never put to sleep: it is being checked, or ends its requests.
 */
export function createDeployments(options: DeploymentsOptions) {
  const { startEngine, readRoom, degradeMemory, clock, random, queueLimit, emit } = options;
  const loaded = new Map<string, LoadedDeployment>();
  const lanes = new Map<string, ServiceLane>();
  const failedWakes = new WeakMap<LoadedDeployment, number>();
  const residency = createResidency({
    readRoom,
    clock,
    onHeldBack: () => {
      for (const lane of lanes.values()) lane.pump();
    },
  });

  function laneOf(service: string, isLocal = false): ServiceLane {
    const known = lanes.get(service);
    if (known !== undefined) return known;
    const lane = createServiceLane({
      service,
      isLocal,
      queueLimit,
      clock,
      emit,
      loading() {
        const comes = of(service).find(({ keeper }) => keeper.stage === 'starting')?.keeper;
        return { share: comes?.loadShare, expectedMs: comes?.expectedLoadMs };
      },
      wake,
      heldSince: ({ deployment }) => residency.heldSince(deployment.id),
    });
    lanes.set(service, lane);
    return lane;
  }

  function get(id: string): LoadedDeployment {
    const found = loaded.get(id);
    if (found === undefined)
      throw new FlotillaError('not-found', `No deployment \`${id}\` is loaded.`, { details: { about: id } });
    return found;
  }

  const hasTraffic = (entry: LoadedDeployment): boolean =>
    lanes.get(entry.deployment.service)?.current === entry;

  const of = (service: string): LoadedDeployment[] =>
    [...loaded.values()].filter((entry) => entry.deployment.service === service);

  /** Takes its place in memory, then loads. */
  async function load({ deployment, keeper }: LoadedDeployment, signal: AbortSignal): Promise<void> {
    await residency.enter(deployment.id, { signal });
    try {
      await keeper.start(signal);
    } catch (error) {
      residency.settled(deployment.id, 'asleep');
      throw error;
    }
    residency.settled(deployment.id, 'loaded');
  }

  /** One load for all who wait. */
  function wake(entry: LoadedDeployment): void {
    if (entry.waking !== undefined) return;
    const waking = new AbortController();
    entry.waking = waking;
    load(entry, waking.signal)
      .then(
        () => failedWakes.delete(entry),
        (thrown: unknown) => {
          if (!waking.signal.aborted) failWake(entry, toFlotillaError(thrown));
        },
      )
      .finally(() => {
        entry.waking = undefined;
        lanes.get(entry.deployment.service)?.pump();
        residency.moved();
      });
  }

  function failWake(entry: LoadedDeployment, cause: FlotillaError): void {
    const { service } = entry.deployment;
    const { retryAfterMs } = cause.details;
    lanes.get(service)?.failQueued(
      new FlotillaError('unavailable', `The model of \`${service}\` could not be loaded: ${cause.message}`, {
        cause,
        details: { about: service, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
      }),
    );
    if (cause.code === 'did-not-fit') return; // the memory of the box may be free again later
    const failures = (failedWakes.get(entry) ?? 0) + 1;
    failedWakes.set(entry, failures);
    if (failures === MOST_FAILED_WAKES)
      emit('engine-broken', { ...entry.ref, exits: failures, reason: cause.message });
  }

  function create(deployment: Deployment): LoadedDeployment {
    const lane = laneOf(deployment.service, deployment.isLocal);
    const entry: LoadedDeployment = createLoadedDeployment({
      deployment,
      startEngine,
      createSide: (engine) =>
        createSideMemory({
          deployment: deployment.id,
          service: deployment.service,
          yields: deployment.isLocal ?? false,
          engine,
          residency,
          clock,
        }),
      reserve: () => residency.reserve(deployment.id),
      degradeMemory,
      clock,
      random,
      emit,
      onUp: () => lane.pump(),
      onBroken(reason) {
        if (hasTraffic(entry))
          lane.failQueued(
            new FlotillaError('unavailable', reason, { details: { about: deployment.service } }),
          );
      },
      onIdle: () => residency.moved(),
      onExpired: () => dismiss(deployment.id),
    });
    residency.add({
      id: deployment.id,
      service: deployment.service,
      needBytes: deployment.needBytes ?? 0,
      keepLoaded: deployment.keepLoaded ?? false,
      yields: deployment.isLocal ?? false,
      get lastUsedAt() {
        return entry.lastUsedAt;
      },
      isBusy: (since) =>
        entry.running.size > 0 ||
        // It is being changed, and serves until its successor does.
        of(deployment.service).length > 1 ||
        !hasTraffic(entry) ||
        // A broken one takes no requests, and is tried again when it is asked for.
        !['up', 'broken'].includes(entry.keeper.stage) ||
        lane.hasWaiting(since),
      async unload() {
        const slept = await entry.keeper.sleep();
        if (slept) emit('service-slept', entry.ref);
        lane.pump();
        return slept;
      },
      end() {
        const needed = new FlotillaError(
          'unavailable',
          `The memory of \`${deployment.service}\` is needed by a service of the fleet.`,
          { details: { about: deployment.service } },
        );
        entry.waking?.abort(needed);
        lane.endRunning(needed);
      },
    });
    return entry;
  }

  /** One that is broken is tried on, unless its memory is needed: it may say that it serves again. */
  const dismiss = async (id: string): Promise<boolean> =>
    get(id).keeper.stage !== 'broken' && residency.dismiss(id);

  async function remove(id: string): Promise<void> {
    const entry = get(id);
    entry.waking?.abort(new FlotillaError('draining', 'The model is being unloaded.'));
    entry.keepFor(Infinity);
    await entry.keeper.stop();
    loaded.delete(id);
    residency.remove(id);
  }

  return {
    lanes,
    laneOf,
    get,
    of,
    hasTraffic,
    all: () => [...loaded.values()],
    /** Unloads it if it is idle; see `Residency.dismiss`. */
    dismiss,
    /**
     * Loads a deployment, without traffic. `mayStayAsleep`: where it would not fit beside what is loaded, it is left
     * for the first request that asks for it. `staysAsleep`: it is left so in any case.
     */
    async prepare(
      deployment: Deployment,
      {
        signal,
        mayStayAsleep = false,
        staysAsleep = false,
      }: { signal: AbortSignal; mayStayAsleep?: boolean; staysAsleep?: boolean },
    ): Promise<void> {
      const { id, service } = deployment;
      if (loaded.has(id))
        throw new FlotillaError('already-exists', `The deployment \`${id}\` is loaded already.`, {
          details: { about: id },
        });
      const isNew = !lanes.has(service);
      const entry = create(deployment);
      const lane = laneOf(service);
      entry.preparing = true;
      loaded.set(id, entry);
      try {
        if (staysAsleep) return;
        if (mayStayAsleep && !entry.deployment.keepLoaded && !(await residency.fitsBeside(id))) return;
        await load(entry, signal);
      } catch (error) {
        loaded.delete(id);
        residency.remove(id);
        // A swap that failed: what waited for this engine must not wait for ever; the name stays, dark.
        if (lane.current === undefined)
          lane.failQueued(
            new FlotillaError('unavailable', `The model of \`${service}\` could not be loaded.`, {
              cause: error,
              details: { about: service },
            }),
          );
        if (isNew && lane.current === undefined && of(service).length === 0) lanes.delete(service);
        throw error;
      } finally {
        entry.preparing = false;
      }
    },
    /** Lets it end what runs, at most `deadlineMs`, and unloads it. */
    async drain(
      id: string,
      { deadlineMs, signal }: { deadlineMs: number; signal?: AbortSignal },
    ): Promise<void> {
      const entry = get(id);
      entry.draining = true;
      if (hasTraffic(entry)) laneOf(entry.deployment.service).setCurrent(undefined);
      const deadline = new AbortController();
      const stop = signal === undefined ? deadline.signal : AbortSignal.any([deadline.signal, signal]);
      await Promise.race([
        entry.idle(),
        sleep({ clock, ms: deadlineMs, signal: stop }).catch(() => undefined),
      ]);
      deadline.abort();
      await remove(id);
    },
    async stopAll(): Promise<void> {
      await Promise.all([...loaded.keys()].map(remove));
      lanes.clear();
    },
  };
}

export type Deployments = ReturnType<typeof createDeployments>;
