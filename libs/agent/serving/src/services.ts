import type { GenerationRequest } from '@flotilla/agent-openai';
import { FlotillaError } from '@flotilla/contracts';
import { TypedEvents, sleep, systemClock, type Clock } from '@flotilla/kernel';
import { withDefaults, type Deployment, type DeploymentState } from './deployment.ts';
import type { EngineStats, GenerationEvent, StartEngine } from './engine.ts';
import { createLoadedDeployment, type LoadedDeployment } from './loaded-deployment.ts';
import { createServiceLane, type LaneState, type ServiceLane } from './service-lane.ts';
import type { DeploymentRef, ServingEvents } from './serving-events.ts';

export interface ServicesOptions {
  startEngine: StartEngine;
  clock?: Clock;
  /** Default `Math.random`; spreads the restarts of engines. */
  random?: () => number;
  /** Requests that may wait per service. Default 64. */
  queueLimit?: number;
}

/** What apps may ask for now. */
export interface ServedService extends LaneState {
  service: string;
  /** The deployment new requests go to; absent while the service is dark. */
  deployment: DeploymentState | undefined;
  /** Unix seconds, when the traffic was switched to it. */
  since: number;
}

/** An accepted request. Its events end with `finished`, or the iteration throws a FlotillaError. */
export interface ServiceGeneration {
  service: string;
  /** The variant that answers; known from the first event on, since the traffic may be switched while it waits. */
  ranOn(): DeploymentRef | undefined;
  /** Reading them slowly delays nobody else. */
  events: AsyncGenerator<GenerationEvent, void>;
}

/**
 * The router from service names to engines.
 *
 * Order of a change: `prepare` the new deployment beside the old one, check it with `generateOn`,
 * `switchTraffic`, `drain` the old one. Where memory allows only one, `drain` the old one first:
 * its service then answers `loading` until the switch.
 */
export interface Services {
  readonly events: TypedEvents<ServingEvents>;
  /** Loads a deployment, without traffic. Throws `load-failed`, `did-not-fit`, or `already-exists` for an id in use. */
  prepare(deployment: Deployment, options: { signal: AbortSignal }): Promise<void>;
  /** Runs a request on one deployment, with its release's defaults, past the queue: for golden prompts. */
  generateOn(
    id: string,
    request: GenerationRequest,
    options: { signal: AbortSignal },
  ): AsyncIterable<GenerationEvent>;
  /** New and waiting requests of its service go to this deployment from now on. */
  switchTraffic(id: string): void;
  /** Takes a deployment out of traffic, lets it end what runs, at most `deadlineMs`, and unloads it. */
  drain(id: string, options: { deadlineMs: number; signal?: AbortSignal }): Promise<void>;
  /** Prepares, switches and drains in one go, without a check: for a start from what served before. */
  activate(deployment: Deployment, options: { signal: AbortSignal; drainMs?: number }): Promise<void>;
  /** Unloads everything of a service; its name is not found afterwards. */
  retire(service: string, options: { deadlineMs: number }): Promise<void>;
  /** Accepts a request for a service or its variant's name. Throws `not-found`, `loading`, `unavailable`, `draining` or `queue-full`. */
  generate(options: {
    model: string;
    request: GenerationRequest;
    key: string;
    signal: AbortSignal;
  }): ServiceGeneration;
  served(): ServedService[];
  deployments(): DeploymentState[];
  /** What the engine of a deployment holds and has done; undefined while none runs. */
  stats(id: string): Promise<EngineStats | undefined>;
  /** Refuses new requests with `draining`; running and waiting ones end. */
  close(): void;
  /** Ends all engines; what runs fails. */
  stop(): Promise<void>;
}

export function createServices({
  startEngine,
  clock = systemClock,
  random = Math.random,
  queueLimit = 64,
}: ServicesOptions): Services {
  const events = new TypedEvents<ServingEvents>();
  const loaded = new Map<string, LoadedDeployment>();
  const lanes = new Map<string, { lane: ServiceLane; since: number }>();
  let closed = false;

  const emit = <Name extends keyof ServingEvents>(name: Name, payload: ServingEvents[Name]): void =>
    events.emit(name, payload);

  function laneOf(service: string): ServiceLane {
    const known = lanes.get(service);
    if (known !== undefined) return known.lane;
    const lane = createServiceLane({ service, queueLimit, clock, emit });
    lanes.set(service, { lane, since: Math.floor(clock.now() / 1_000) });
    return lane;
  }

  function deploymentOf(id: string): LoadedDeployment {
    const found = loaded.get(id);
    if (found === undefined)
      throw new FlotillaError('not-found', `No deployment \`${id}\` is loaded.`, { details: { about: id } });
    return found;
  }

  const hasTraffic = (deployment: LoadedDeployment): boolean =>
    lanes.get(deployment.deployment.service)?.lane.current === deployment;

  const deploymentsOf = (service: string): LoadedDeployment[] =>
    [...loaded.values()].filter((entry) => entry.deployment.service === service);

  function stateOf(from: LoadedDeployment): DeploymentState {
    const { deployment, keeper } = from;
    const traffic = hasTraffic(from);
    return {
      id: deployment.id,
      service: deployment.service,
      variant: deployment.variant,
      variantDigest: deployment.variantDigest,
      release: deployment.release,
      stage: from.stage(traffic),
      hasTraffic: traffic,
      running: from.running.size,
      contextTokens: deployment.spec.contextTokens,
      engine: keeper.engine?.info,
      restarts: keeper.restarts,
      lastFailure: keeper.lastFailure,
    };
  }

  function findLane(model: string): ServiceLane | undefined {
    const byService = lanes.get(model)?.lane;
    if (byService !== undefined) return byService;
    return [...lanes.values()]
      .map(({ lane }) => lane)
      .find((lane) => lane.current?.deployment.variant === model);
  }

  async function prepare(deployment: Deployment, { signal }: { signal: AbortSignal }): Promise<void> {
    if (loaded.has(deployment.id)) {
      throw new FlotillaError('already-exists', `The deployment \`${deployment.id}\` is loaded already.`, {
        details: { about: deployment.id },
      });
    }
    const isNew = !lanes.has(deployment.service);
    const lane = laneOf(deployment.service);
    const entry = createLoadedDeployment({
      deployment,
      startEngine,
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
    });
    loaded.set(deployment.id, entry);
    try {
      await entry.keeper.start(signal);
    } catch (error) {
      loaded.delete(deployment.id);
      // A swap that failed: what waited for this engine must not wait for ever; the name stays, dark.
      if (lane.current === undefined)
        lane.failQueued(
          new FlotillaError('unavailable', `The model of \`${deployment.service}\` could not be loaded.`, {
            cause: error,
            details: { about: deployment.service },
          }),
        );
      if (isNew && lane.current === undefined && deploymentsOf(deployment.service).length === 0)
        lanes.delete(deployment.service);
      throw error;
    }
  }

  function switchTraffic(id: string): void {
    const entry = deploymentOf(id);
    const { service } = entry.deployment;
    const lane = laneOf(service);
    const from = lane.current;
    if (from === entry) return;
    if (from !== undefined) from.draining = true;
    lanes.set(service, { lane, since: Math.floor(clock.now() / 1_000) });
    lane.setCurrent(entry);
    emit('traffic-switched', { ...entry.ref, from: from?.deployment.id });
  }

  async function drain(
    id: string,
    { deadlineMs, signal }: { deadlineMs: number; signal?: AbortSignal },
  ): Promise<void> {
    const entry = deploymentOf(id);
    entry.draining = true;
    if (hasTraffic(entry)) laneOf(entry.deployment.service).setCurrent(undefined);
    const deadline = new AbortController();
    const stop = signal === undefined ? deadline.signal : AbortSignal.any([deadline.signal, signal]);
    await Promise.race([entry.idle(), sleep({ clock, ms: deadlineMs, signal: stop }).catch(() => undefined)]);
    deadline.abort();
    await entry.keeper.stop();
    loaded.delete(id);
  }

  return {
    events,
    prepare,
    switchTraffic,
    drain,
    async *generateOn(id, request, { signal }) {
      const entry = deploymentOf(id);
      const { engine } = entry.keeper;
      if (engine === undefined)
        throw new FlotillaError('engine-crashed', `The engine of \`${id}\` is not running.`, {
          details: { about: id },
        });
      yield* engine.generate(withDefaults(request, entry.deployment.defaults), { signal });
    },
    async activate(deployment, { signal, drainMs = 30_000 }) {
      const old = lanes.get(deployment.service)?.lane.current?.deployment.id;
      await prepare(deployment, { signal });
      switchTraffic(deployment.id);
      if (old !== undefined) await drain(old, { deadlineMs: drainMs });
    },
    async retire(service, { deadlineMs }) {
      const lane = lanes.get(service)?.lane;
      lanes.delete(service);
      lane?.close(
        new FlotillaError('not-found', `The service \`${service}\` was taken off this box.`, {
          details: { about: service },
        }),
      );
      await Promise.all(deploymentsOf(service).map((entry) => drain(entry.deployment.id, { deadlineMs })));
    },
    generate({ model, request, key, signal }) {
      if (closed)
        throw new FlotillaError('draining', 'The box is being stopped and takes nothing new.', {
          details: { retryAfterMs: 10_000 },
        });
      const lane = findLane(model);
      if (lane === undefined) {
        const served = [...lanes.keys()].sort();
        throw new FlotillaError(
          'not-found',
          `No service \`${model}\` is on this box; it serves: ${served.join(', ') || 'nothing yet'}.`,
          {
            details: { field: 'model', about: model, served },
          },
        );
      }
      const accepted = lane.accept({ request, key, signal });
      return { service: lane.service, ranOn: () => accepted.ranOn, events: accepted.channel.events() };
    },
    served: () =>
      [...lanes].map(([service, { lane, since }]) => ({
        service,
        since,
        deployment: lane.current === undefined ? undefined : stateOf(lane.current),
        ...lane.state(),
      })),
    deployments: () => [...loaded.values()].map(stateOf),
    stats: async (id) => deploymentOf(id).keeper.engine?.stats(),
    close() {
      closed = true;
    },
    async stop() {
      closed = true;
      const stopping = new FlotillaError('draining', 'The box is being stopped.');
      for (const { lane } of lanes.values()) lane.close(stopping);
      await Promise.all([...loaded.values()].map((entry) => entry.keeper.stop()));
      loaded.clear();
      lanes.clear();
    },
  };
}
