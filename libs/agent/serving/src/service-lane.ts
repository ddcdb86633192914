import { createFairQueue, createSpeedMeter, estimateWaitMs } from '@flotilla/agent-serving-core';
import { FlotillaError, isFlotillaError } from '@flotilla/contracts';
import type { Clock } from '@flotilla/kernel';
import { acceptRequest } from './accept-request.ts';
import type { Engine } from './engine.ts';
import {
  brokenRefusal,
  loadingRefusal,
  queueFullRefusal,
  tooLateRefusal,
  type LoadingFacts,
} from './lane-refusals.ts';
import type { LoadedDeployment } from './loaded-deployment.ts';
import { cutOff, requestFinished, type RequestWork, type ServiceRequest } from './service-request.ts';
import type { ServingEvents } from './serving-events.ts';

/** An engine that dies under a request twice is not given it a third time: the request may be the cause. */
const MOST_RETRIES = 1;

export interface ServiceLaneOptions {
  service: string;
  /** Made on this box; events say so. */
  isLocal: boolean;
  queueLimit: number;
  clock: Clock;
  emit: <Name extends keyof ServingEvents>(name: Name, payload: ServingEvents[Name]) => void;
  /** How far the load is that the service waits for. */
  loading: () => LoadingFacts;
  /** Its deployment sleeps and requests wait: to be loaded, once, however many they are. */
  wake: (deployment: LoadedDeployment) => void;
  /** Since when another service waits for this one's memory: what came later is kept back. */
  heldSince: (deployment: LoadedDeployment) => number | undefined;
}

export interface LaneState {
  queued: number;
  running: number;
  /** Mean time a request holds a sequence; undefined before the first. */
  meanRunMs: number | undefined;
  /** Mean decode speed of one stream; undefined before the first. */
  tokensPerSecond: number | undefined;
}

/** A request that was taken. */
export interface Accepted {
  request: ServiceRequest;
  /** Its place in the queue when it came, first is 1; 0: it ran at once. */
  queuePosition: number;
}

/**
 * The requests of one service: a bounded queue before whatever deployment has the traffic.
 *
 * Invariants: a request is in the queue or on one engine, never both; it leaves with its answer or with an
 * error, once; nobody who reads slowly holds a sequence, because events are pumped into the request's own
 * channel as they come; a request leaves when its deadline passes, wherever it is.
 */
export interface ServiceLane {
  readonly service: string;
  readonly current: LoadedDeployment | undefined;
  /** Queued requests go to the new one; running ones end where they are. */
  setCurrent(deployment: LoadedDeployment | undefined): void;
  /** Throws `loading`, `unavailable`, `queue-full` or `deadline-too-short` (with `retryAfterMs` and `queuePosition`). */
  accept(options: {
    work: RequestWork;
    key: string;
    priority?: number;
    signal: AbortSignal;
    deadlineMs?: number;
    keepForMs?: number;
  }): Accepted;
  /** Lends the engine for a quick question, past the queue. Waits for it where it is being started. Throws as `accept`. */
  borrow<Answer>(use: (engine: Engine) => Promise<Answer>, options: { signal: AbortSignal }): Promise<Answer>;
  /** Runs what can run; to be called when an engine came up. */
  pump(): void;
  /** Whether something waits that came no later than a moment. */
  hasWaiting(since: number): boolean;
  /** Fails what waits. */
  failQueued(error: FlotillaError): void;
  /** Ends what runs, with this error. */
  endRunning(error: FlotillaError): void;
  /** For good: fails what waits, and what its engine ends with afterwards. */
  close(error: FlotillaError): void;
  state(): LaneState;
}

export function createServiceLane(options: ServiceLaneOptions): ServiceLane {
  const { service, isLocal, queueLimit, clock, emit, loading, wake, heldSince } = options;
  const queue = createFairQueue<ServiceRequest>({ limit: queueLimit });
  const borrowers = new Set<PromiseWithResolvers<Engine>>();
  const meter = createSpeedMeter();
  const running = new Set<ServiceRequest>();
  let current: LoadedDeployment | undefined;
  let closedWith: FlotillaError | undefined;

  const now = (): number => clock.monotonic();

  function waitMs(ahead: number): number {
    const toLoad = current?.keeper.engine === undefined ? (current?.keeper.expectedLoadMs ?? 0) : 0;
    return (
      toLoad +
      estimateWaitMs({
        ahead,
        sequences: current?.keeper.spec.sequences ?? 1,
        meanRunMs: meter.meanRunMs,
        runningMs: [...running].map(({ startedAt = now() }) => now() - startedAt),
      })
    );
  }

  function refuse(error: FlotillaError): never {
    emit('request-refused', { service, isLocal, code: error.code, queued: queue.size });
    throw error;
  }

  function refuseWhenDark(): LoadedDeployment {
    if (current === undefined) refuse(loadingRefusal(service, loading()));
    if (current.keeper.stage === 'broken') refuse(brokenRefusal(service));
    return current;
  }

  const sleeps = (deployment: LoadedDeployment): boolean =>
    deployment.keeper.stage === 'sleeping' && deployment.waking === undefined && !deployment.draining;

  function pump(): void {
    for (;;) {
      const deployment = current;
      if (deployment === undefined) return;
      const { engine } = deployment.keeper;
      if (engine === undefined) {
        if (sleeps(deployment) && queue.size + borrowers.size > 0) wake(deployment);
        giveUpWaking(deployment);
        return;
      }
      for (const borrower of borrowers) borrower.resolve(engine);
      borrowers.clear();
      if (deployment.running.size >= deployment.keeper.spec.sequences) return;
      const since = heldSince(deployment);
      const request = queue.take(since === undefined ? undefined : ({ acceptedAt }) => acceptedAt <= since);
      if (request === undefined) return;
      void run(request, deployment, engine);
    }
  }

  /** Nobody waits for it any more: others may have the memory it was waiting for. */
  function giveUpWaking({ waking }: LoadedDeployment): void {
    if (queue.size + borrowers.size === 0)
      waking?.abort(new FlotillaError('aborted', 'Nobody waits for it any more.'));
  }

  async function run(request: ServiceRequest, on: LoadedDeployment, engine: Engine): Promise<void> {
    running.add(request);
    on.running.add(request);
    on.lastUsedAt = now();
    on.keepFor(request.keepForMs);
    request.ranOn = on.ref;
    request.startedAt = now();
    try {
      const work = () => request.work.run(on, engine, request);
      const side = request.work.side(engine);
      const reason = await (side === undefined
        ? work()
        : on.sideOf(engine).using(side, work, { signal: request.signal }));
      const told = requestFinished(request, on.ref, { reason }, now());
      meter.observe({ runMs: told.busyMs, tokensPerSecond: told.tokensPerSecond });
      request.settle();
      emit('request-finished', told);
    } catch (error) {
      if (mayRetry(request, error)) {
        request.retries += 1;
        queue.putBack(request);
      } else {
        const isCut = request.signal.aborted && (!isFlotillaError(error) || error.code === 'aborted');
        fail(request, on, closedWith ?? request.endedWith ?? (isCut ? cutOff(request) : error));
      }
    } finally {
      running.delete(request);
      on.running.delete(request);
      pump();
      on.noteIdle();
    }
  }

  function fail(request: ServiceRequest, on: LoadedDeployment | undefined, error: unknown): void {
    request.settle();
    request.work.fail(error);
    if (on !== undefined) emit('request-finished', requestFinished(request, on.ref, { error }, now()));
  }

  /** It was the last in its turn, and another key has its place: its client is told as if it had come to a full queue. */
  function giveBack(request: ServiceRequest): void {
    const position = queue.size + 1;
    const error = queueFullRefusal(service, { queued: queue.size, position, waitMs: waitMs(position - 1) });
    emit('request-refused', { service, isLocal, code: error.code, queued: queue.size });
    fail(request, undefined, error);
  }

  function mayRetry(request: ServiceRequest, error: unknown): boolean {
    return (
      closedWith === undefined &&
      isFlotillaError(error) &&
      error.code === 'engine-crashed' &&
      request.tokensOut === 0 &&
      request.retries < MOST_RETRIES &&
      !request.signal.aborted &&
      current?.keeper.stage !== 'broken' // it waits there for nothing, and what waited has been told
    );
  }

  function failQueued(error: FlotillaError): void {
    for (const request of queue.clear()) {
      emit('request-refused', { service, isLocal, code: error.code, queued: queue.size });
      fail(request, undefined, error);
    }
    for (const borrower of borrowers) borrower.reject(error);
    borrowers.clear();
  }

  function abandonWhenAborted(request: ServiceRequest): void {
    const onAbort = (): void => {
      if (!queue.remove(request)) return;
      fail(request, current, cutOff(request));
      if (current !== undefined) giveUpWaking(current);
    };
    if (request.signal.aborted) onAbort();
    else request.signal.addEventListener('abort', onAbort, { once: true });
  }

  /** The place a new request of this key would have; 0 where it would run at once. */
  function positionFor(
    { key, priority }: { key: string; priority?: number },
    deployment: LoadedDeployment,
  ): number {
    const { engine, spec } = deployment.keeper;
    const isFree = engine !== undefined && queue.size === 0 && deployment.running.size < spec.sequences;
    return isFree && heldSince(deployment) === undefined ? 0 : queue.positionFor(key, priority) + 1;
  }

  /** The engine that runs, or the next one that comes up. */
  async function engineFor(signal: AbortSignal): Promise<Engine> {
    const { engine } = refuseWhenDark().keeper;
    signal.throwIfAborted();
    if (engine !== undefined) return engine;
    if (borrowers.size >= queueLimit)
      refuse(
        queueFullRefusal(service, {
          queued: borrowers.size,
          position: borrowers.size + 1,
          waitMs: waitMs(0),
        }),
      );
    const borrower = Promise.withResolvers<Engine>();
    borrowers.add(borrower);
    const leave = (): void => {
      if (!borrowers.delete(borrower)) return;
      borrower.reject(new FlotillaError('aborted', 'The request was cancelled while it waited.'));
      if (current !== undefined) giveUpWaking(current);
    };
    signal.addEventListener('abort', leave, { once: true });
    pump();
    return borrower.promise.finally(() => signal.removeEventListener('abort', leave));
  }

  return {
    service,
    get current() {
      return current;
    },
    setCurrent(deployment) {
      current = deployment;
      pump();
    },
    accept({ work, key, priority, signal, deadlineMs, keepForMs }) {
      const deployment = refuseWhenDark();
      const position = positionFor({ key, priority }, deployment);
      const wait = position === 0 ? 0 : waitMs(position - 1);
      if (!queue.hasRoom(key, priority))
        refuse(queueFullRefusal(service, { queued: queue.size, position, waitMs: wait }));
      if (deadlineMs !== undefined && wait > deadlineMs)
        refuse(tooLateRefusal(service, { deadlineMs, position, waitMs: wait }));
      const request = acceptRequest({ key, work, signal, deadlineMs, keepForMs, clock });
      const displaced = queue.push(key, request, priority);
      if (displaced !== undefined) giveBack(displaced);
      abandonWhenAborted(request);
      pump();
      return { request, queuePosition: position };
    },
    async borrow(use, { signal }) {
      try {
        return await use(await engineFor(signal));
      } catch (error) {
        if (!isFlotillaError(error) || error.code !== 'engine-crashed') throw error;
        return use(await engineFor(signal));
      }
    },
    pump,
    hasWaiting: (since) => queue.some(({ acceptedAt }) => acceptedAt <= since) || borrowers.size > 0,
    failQueued,
    endRunning(error) {
      for (const request of running) request.end(error);
    },
    close(error) {
      closedWith = error;
      failQueued(error);
    },
    state: () => ({
      queued: queue.size,
      running: running.size,
      meanRunMs: meter.meanRunMs,
      tokensPerSecond: meter.tokensPerSecond,
    }),
  };
}
