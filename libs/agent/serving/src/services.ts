import type { GenerationRequest, PromptRequest } from '@flotilla/agent-openai';
import type { DegradeMemory, MemoryRoom } from '@flotilla/agent-serving-core';
import { FlotillaError } from '@flotilla/contracts';
import { TypedEvents, systemClock, type Clock } from '@flotilla/kernel';
import { withDefaults, withSystemPrompt, type Deployment, type DeploymentState } from './deployment.ts';
import { createDeployments } from './deployments.ts';
import type {
  EmbedInput,
  Embeddings,
  Engine,
  EngineStats,
  GenerationEvent,
  RankInput,
  Ranking,
  StartEngine,
} from './engine.ts';
import { generationWork, questionWork } from './generation-work.ts';
import { findLane, type NamedLane } from './name-lanes.ts';
import { runningEngine } from './running-engine.ts';
import type { LaneState, ServiceLane } from './service-lane.ts';
import type { DeploymentRef, ServingEvents } from './serving-events.ts';

export interface ServicesOptions {
  startEngine: StartEngine;
  clock?: Clock;
  /** Default `Math.random`; spreads the restarts of engines. */
  random?: () => number;
  /** Requests that may wait per service. Default 64. */
  queueLimit?: number;
  /** Memory that models may take, read before every load. Default: no bound, and everything stays loaded. */
  readRoom?: () => Promise<MemoryRoom>;
  /** Keeps the rungs of the degrade ladder over restarts. Default: forgotten with the process. */
  degradeMemory?: DegradeMemory;
}

/** What apps may ask for now. */
export interface ServedService extends LaneState {
  service: string;
  /** The deployment new requests go to; absent while the service is dark. */
  deployment: DeploymentState | undefined;
  /** Unix seconds, when the traffic was switched to it. */
  since: number;
}

/** Who asks for what. */
export interface ServiceCall {
  /** A service, or the variant that serves it; `@base` behind it leaves the release's adapter out. */
  model: string;
  /** Who asks: the queue serves keys in turn. */
  key: string;
  /** Keys of a higher one are served, and their prompts read, first: -100 to 100. Default 0. */
  priority?: number;
  signal: AbortSignal;
  /** From now to the end of the answer; a wait that is estimated to be longer is refused at once. Default: none. */
  deadlineMs?: number;
  /** How long the model stays loaded after it, unless it is used again. Default: until another one needs its memory. */
  keepForMs?: number;
}

/** Who answered. */
export interface ServedBy {
  service: string;
  /** The variant that answered; undefined before one did. */
  ranOn: DeploymentRef | undefined;
  /** Its place in the queue when it was accepted, first is 1; 0: it did not wait. */
  queuePosition: number;
}

/** An accepted request. Its events end with `finished`, or the iteration throws a FlotillaError. */
export interface ServiceGeneration extends Omit<ServedBy, 'ranOn'> {
  /** The variant that answers; known from the first event on, since the traffic may be switched while it waits. */
  ranOn(): DeploymentRef | undefined;
  /** What answers, by digest, with or without an adapter; known as `ranOn` is. */
  fingerprint(): string | undefined;
  /** Reading them slowly delays nobody else. */
  events: AsyncGenerator<GenerationEvent, void>;
}

/**
 * The router from service names to engines.
 *
 * Order of a change: `prepare` the new deployment beside the old one, check it with `generateOn`,
 * `switchTraffic`, `drain` the old one. Where memory allows only one, `drain` the old one first:
 * its service then answers `loading` until the switch.
 *
 * Where memory holds fewer services than there are, the least recently used idle one sleeps; a request wakes it.
 *
 * Every verb by `model` throws `not-found` (with the names that are served), `invalid-input` (for a variant that serves
 * several services, with their names), `loading`, `unavailable`, `draining`, `queue-full`, `deadline-too-short`; while it
 * waits or runs also `timeout`, `aborted`, `engine-crashed` and what the engine refuses. `tokenize`, `detokenize`,
 * `renderPrompt` and `countTokens` read nothing with the model and pass the queue by; they wait only for an engine that is
 * being started.
 */
export interface Services {
  readonly events: TypedEvents<ServingEvents>;
  /** Loads a deployment, without traffic. Throws `load-failed`, `did-not-fit`, or `already-exists` for an id in use. */
  prepare(
    deployment: Deployment,
    options: {
      signal: AbortSignal;
      /** For what has served here before: it may sleep from the start where others leave it no room. Default false. */
      mayStayAsleep?: boolean;
      /** It is loaded by the first request that asks for it. Default false. */
      staysAsleep?: boolean;
    },
  ): Promise<void>;
  /**
   * Runs a request on one deployment, with its release's defaults, past the queue: for golden prompts. Waits while the
   * engine is being started again; throws `engine-crashed` where it ended under the request, or is broken.
   */
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
  generate(call: ServiceCall & { request: GenerationRequest }): ServiceGeneration;
  embed(call: ServiceCall & EmbedInput): Promise<Embeddings & ServedBy>;
  rank(call: ServiceCall & RankInput): Promise<Ranking & ServedBy>;
  tokenize(call: QuickCall & { text: string; special?: boolean }): Promise<number[]>;
  detokenize(call: QuickCall & { tokens: readonly number[] }): Promise<string>;
  /** With the release's system prompt, as a generation would see it. */
  renderPrompt(call: QuickCall & { request: PromptRequest }): Promise<string>;
  countTokens(call: QuickCall & { request: PromptRequest }): Promise<number>;
  /** Has the model of a service loaded, and kept so long from then on; see `ServiceCall`. */
  preload(call: QuickCall & Pick<ServiceCall, 'keepForMs'>): Promise<void>;
  /**
   * Unloads the model of a service as soon as nothing runs there; a request wakes it. `kept`: its release says that
   * it stays loaded, and nothing happens. `busy`: it goes when it is done.
   */
  unload(call: Pick<ServiceCall, 'model'>): Promise<'asleep' | 'busy' | 'kept'>;
  served(): ServedService[];
  deployments(): DeploymentState[];
  /** What the engine of a deployment holds and has done; undefined while none runs. */
  stats(id: string): Promise<EngineStats | undefined>;
  /** Refuses new requests with `draining`; running and waiting ones end. */
  close(): void;
  /** Whether it takes new requests. */
  readonly isClosed: boolean;
  /** Resolves when nothing runs or waits any more, after `mostMs` in any case. */
  idle(options: { mostMs: number }): Promise<void>;
  /** Ends all engines; what runs fails with `draining`. */
  stop(): Promise<void>;
}

export type QuickCall = Pick<ServiceCall, 'model' | 'signal'>;

/** Vectors come from one context, which has the adapter of the release. */
function refuseBaseVectors({ service, current }: ServiceLane): void {
  if (current?.deployment.spec.adapter === undefined) return;
  throw new FlotillaError(
    'unsupported-parameter',
    `\`${service}@base\` writes text only: vectors and scores are made with the adapter of the release.`,
    { details: { field: 'model', fix: `Ask \`${service}\`.` } },
  );
}

const FORGETFUL: DegradeMemory = {
  recall: async () => [],
  remember: async () => undefined,
};

export function createServices({
  startEngine,
  clock = systemClock,
  random = Math.random,
  queueLimit = 64,
  readRoom = async () => ({}),
  degradeMemory = FORGETFUL,
}: ServicesOptions): Services {
  const events = new TypedEvents<ServingEvents>();
  const deployments = createDeployments({
    startEngine,
    readRoom,
    degradeMemory,
    clock,
    random,
    queueLimit,
    emit: (name, payload) => events.emit(name, payload),
  });
  const { lanes } = deployments;
  const since = new Map<string, number>();
  let closed = false;

  const seconds = (): number => Math.floor(clock.now() / 1_000);

  function openLane(model: string): NamedLane {
    if (closed)
      throw new FlotillaError('draining', 'The box is being stopped and takes nothing new.', {
        details: { retryAfterMs: 10_000 },
      });
    return findLane(lanes, model);
  }

  function switchTraffic(id: string): void {
    const entry = deployments.get(id);
    const { service } = entry.deployment;
    const lane = deployments.laneOf(service);
    const from = lane.current;
    if (from === entry) return;
    if (from !== undefined) from.draining = true;
    since.set(service, seconds());
    lane.setCurrent(entry);
    events.emit('traffic-switched', { ...entry.ref, from: from?.deployment.id });
  }

  /** A question that the model itself must read for: it takes its turn like a generation. */
  async function ask<Answer extends { tokens: number }>(
    side: 'embedding' | 'ranking',
    { model, ...call }: ServiceCall,
    question: (engine: Engine, signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer & ServedBy> {
    const { lane, adapter } = openLane(model);
    if (!adapter) refuseBaseVectors(lane);
    const work = questionWork(side, async (engine, ended) => {
      const answer = await question(engine, ended);
      return { answer, tokens: answer.tokens };
    });
    const { request, queuePosition } = lane.accept({ ...call, work });
    const answer = await work.answer;
    return { ...answer, service: lane.service, ranOn: request.ranOn, queuePosition };
  }

  async function quickly<Answer>(
    { model, signal }: QuickCall,
    use: (engine: Engine, lane: NamedLane) => Promise<Answer>,
  ): Promise<Answer> {
    const named = openLane(model);
    return named.lane.borrow((engine) => use(engine, named), { signal });
  }

  const promptOn = ({ lane }: NamedLane, request: PromptRequest): PromptRequest =>
    withSystemPrompt(request, lane.current?.deployment.defaults ?? {});

  return {
    events,
    prepare: (deployment, options) => deployments.prepare(deployment, options),
    switchTraffic,
    drain: (id, options) => deployments.drain(id, options),
    async *generateOn(id, request, { signal }) {
      const entry = deployments.get(id);
      const engine = await runningEngine(entry, { events, clock, signal });
      yield* engine.generate(withDefaults(request, entry.deployment.defaults), { signal });
    },
    async activate(deployment, { signal, drainMs = 30_000 }) {
      const old = lanes.get(deployment.service)?.current?.deployment.id;
      await deployments.prepare(deployment, { signal });
      switchTraffic(deployment.id);
      if (old !== undefined) await deployments.drain(old, { deadlineMs: drainMs });
    },
    async retire(service, { deadlineMs }) {
      const lane = lanes.get(service);
      lanes.delete(service);
      lane?.close(
        new FlotillaError('not-found', `The service \`${service}\` was taken off this box.`, {
          details: { about: service },
        }),
      );
      await Promise.all(
        deployments.of(service).map((entry) => deployments.drain(entry.deployment.id, { deadlineMs })),
      );
    },
    generate({ model, request, ...call }) {
      const { lane, adapter } = openLane(model);
      const { priority } = call;
      const asked = { ...request, ...(priority === undefined ? {} : { priority }) };
      const work = generationWork({ request: adapter ? asked : { ...asked, adapter: false }, clock });
      const accepted = lane.accept({ ...call, work });
      return {
        service: lane.service,
        queuePosition: accepted.queuePosition,
        ranOn: () => accepted.request.ranOn,
        fingerprint: () => accepted.request.ranOn?.[adapter ? 'fingerprint' : 'variantDigest'],
        events: work.channel.events(),
      };
    },
    embed: (call) =>
      ask('embedding', call, (engine, signal) => engine.embed({ inputs: call.inputs }, { signal })),
    rank: (call) =>
      ask('ranking', call, (engine, signal) =>
        engine.rank({ query: call.query, documents: call.documents }, { signal }),
      ),
    tokenize: (call) => quickly(call, (engine) => engine.tokenize(call.text, { special: call.special })),
    detokenize: (call) => quickly(call, (engine) => engine.detokenize(call.tokens)),
    renderPrompt: (call) =>
      quickly(call, (engine, lane) => engine.renderPrompt(promptOn(lane, call.request))),
    countTokens: (call) => quickly(call, (engine, lane) => engine.countTokens(promptOn(lane, call.request))),
    preload: ({ keepForMs, ...call }) =>
      quickly(call, async (_, { lane }) => lane.current?.keepFor(keepForMs)),
    async unload({ model }) {
      const { current } = openLane(model).lane;
      if (current === undefined) return 'asleep';
      if (current.deployment.keepLoaded === true) return 'kept';
      current.keepFor(0);
      const left = await deployments.dismiss(current.deployment.id);
      return left || current.keeper.stage === 'sleeping' ? 'asleep' : 'busy';
    },
    served: () =>
      [...lanes].map(([service, lane]) => ({
        service,
        since: since.get(service) ?? seconds(),
        deployment: lane.current?.state(true),
        ...lane.state(),
      })),
    deployments: () => deployments.all().map((entry) => entry.state(deployments.hasTraffic(entry))),
    stats: async (id) => deployments.get(id).keeper.engine?.stats(),
    close() {
      closed = true;
    },
    get isClosed() {
      return closed;
    },
    async idle({ mostMs }) {
      const over = Promise.withResolvers<void>();
      const isBusy = ({ queued, running }: LaneState): boolean => queued + running > 0;
      // An event is told just before its request leaves.
      const look = (): void =>
        queueMicrotask(() => {
          if (![...lanes.values()].some((lane) => isBusy(lane.state()))) over.resolve();
        });
      const timer = clock.setTimeout(() => over.resolve(), mostMs);
      const off = [events.on('request-finished', look), events.on('request-refused', look)];
      look();
      await over.promise;
      timer.cancel();
      for (const stop of off) stop();
    },
    async stop() {
      closed = true;
      const stopping = new FlotillaError('draining', 'The box is being stopped.');
      for (const lane of lanes.values()) lane.close(stopping);
      await deployments.stopAll();
    },
  };
}
