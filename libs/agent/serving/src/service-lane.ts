import { FlotillaError, isFlotillaError } from '@flotilla/contracts';
import type { Clock } from '@flotilla/kernel';
import type { GenerationRequest } from '@flotilla/agent-openai';
import { withDefaults } from './deployment.ts';
import type { Engine, GenerationEvent } from './engine.ts';
import { createFairQueue } from './fair-queue.ts';
import type { LoadedDeployment } from './loaded-deployment.ts';
import { acceptRequest, noteEvent, requestFinished, type ServiceRequest } from './service-request.ts';
import type { ServingEvents } from './serving-events.ts';
import { createSpeedMeter, estimateWaitMs } from './wait-estimate.ts';

/** An engine that dies under a request twice is not given it a third time: the request may be the cause. */
const MOST_RETRIES = 1;
/** Retry-After while a model loads and nothing is known of how long that takes. */
const LOADING_GUESS_MS = 5_000;

export interface ServiceLaneOptions {
  service: string;
  queueLimit: number;
  clock: Clock;
  emit: <Name extends keyof ServingEvents>(name: Name, payload: ServingEvents[Name]) => void;
}

export interface LaneState {
  queued: number;
  running: number;
  /** Mean time a request holds a sequence; undefined before the first. */
  meanRunMs: number | undefined;
  /** Mean decode speed of one stream; undefined before the first. */
  tokensPerSecond: number | undefined;
}

/**
 * The requests of one service: a bounded queue before whatever deployment has the traffic.
 *
 * Invariants: a request is in the queue or on one engine, never both; it leaves with `finished` or with an
 * error, once; nobody who reads slowly holds a sequence, because events are pumped into the request's own
 * channel as they come.
 */
export interface ServiceLane {
  readonly service: string;
  readonly current: LoadedDeployment | undefined;
  /** Queued requests go to the new one; running ones end where they are. */
  setCurrent(deployment: LoadedDeployment | undefined): void;
  /** Throws `loading`, `unavailable` or `queue-full` (with `retryAfterMs` and `queuePosition`). */
  accept(options: { request: GenerationRequest; key: string; signal: AbortSignal }): ServiceRequest;
  /** Runs what can run; to be called when an engine came up. */
  pump(): void;
  /** Fails what waits. */
  failQueued(error: FlotillaError): void;
  /** For good: fails what waits, and what its engine ends with afterwards. */
  close(error: FlotillaError): void;
  state(): LaneState;
}

export function createServiceLane({ service, queueLimit, clock, emit }: ServiceLaneOptions): ServiceLane {
  const queue = createFairQueue<ServiceRequest>({ limit: queueLimit });
  const meter = createSpeedMeter();
  const running = new Set<ServiceRequest>();
  let current: LoadedDeployment | undefined;
  let closedWith: FlotillaError | undefined;

  const now = (): number => clock.monotonic();

  function waitMs(ahead: number): number {
    const oldest = Math.min(...[...running].map((request) => request.startedAt ?? now()), now());
    return estimateWaitMs({
      ahead,
      sequences: current?.deployment.spec.sequences ?? 1,
      meanRunMs: meter.meanRunMs,
      oldestRunningMs: now() - oldest,
    });
  }

  function refuse(error: FlotillaError): never {
    emit('request-refused', { service, code: error.code, queued: queue.size });
    throw error;
  }

  function refuseWhenDark(): void {
    if (current === undefined) {
      refuse(
        new FlotillaError('loading', `The model of \`${service}\` is being loaded.`, {
          details: { about: service, retryAfterMs: LOADING_GUESS_MS, loading: { service, state: 'loading' } },
        }),
      );
    }
    if (current.keeper.stage === 'broken') {
      refuse(
        new FlotillaError('unavailable', `The engine of \`${service}\` keeps ending unexpectedly.`, {
          details: {
            about: service,
            retryAfterMs: LOADING_GUESS_MS,
            fix: 'See `status` on the box for the reason.',
          },
        }),
      );
    }
  }

  function pump(): void {
    for (;;) {
      const deployment = current;
      const engine = deployment?.keeper.engine;
      if (deployment === undefined || engine === undefined || queue.size === 0) return;
      if (deployment.running.size >= deployment.deployment.spec.sequences) return;
      const request = queue.take();
      if (request === undefined) return;
      void run(request, deployment, engine);
    }
  }

  async function run(request: ServiceRequest, on: LoadedDeployment, engine: Engine): Promise<void> {
    running.add(request);
    on.running.add(request);
    request.ranOn = on.ref;
    request.startedAt = now();
    try {
      const end = await pass(request, on, engine);
      meter.observe({ runMs: now() - request.startedAt, tokensPerSecond: end.tokensPerSecond });
      emit('request-finished', end);
    } catch (error) {
      if (mayRetry(request, error)) {
        request.retries += 1;
        queue.putBack(request);
      } else {
        const reason = closedWith ?? error;
        request.channel.fail(reason);
        emit('request-finished', requestFinished(request, on.ref, { error: reason }, now()));
      }
    } finally {
      running.delete(request);
      on.running.delete(request);
      on.noteIdle();
      pump();
    }
  }

  /** Hands every event on as it comes; ends with what is told of the request. */
  async function pass(request: ServiceRequest, on: LoadedDeployment, engine: Engine) {
    let last: Extract<GenerationEvent, { kind: 'finished' }> | undefined;
    for await (const event of engine.generate(withDefaults(request.request, on.deployment.defaults), {
      signal: request.signal,
    })) {
      noteEvent(request, event, now());
      if (event.kind === 'finished') last = event;
      // A retried request has said already that it started.
      else if (event.kind === 'text' || request.retries === 0) request.channel.push(event);
    }
    if (last === undefined)
      throw new FlotillaError('internal', 'The engine ended a generation without saying how.');
    const told = requestFinished(request, on.ref, { event: last }, now());
    request.channel.push(last);
    return told;
  }

  function mayRetry(request: ServiceRequest, error: unknown): boolean {
    return (
      closedWith === undefined &&
      isFlotillaError(error) &&
      error.code === 'engine-crashed' &&
      request.tokensOut === 0 &&
      request.retries < MOST_RETRIES &&
      !request.signal.aborted
    );
  }

  function failQueued(error: FlotillaError): void {
    for (const request of queue.clear()) {
      emit('request-refused', { service, code: error.code, queued: queue.size });
      request.channel.fail(error);
    }
  }

  function abandonWhenAborted(request: ServiceRequest): void {
    const onAbort = (): void => {
      if (!queue.remove(request)) return;
      const error = new FlotillaError('aborted', 'The request was cancelled while it waited.');
      request.channel.fail(error);
      if (current !== undefined)
        emit('request-finished', requestFinished(request, current.ref, { error }, now()));
    };
    if (request.signal.aborted) onAbort();
    else request.signal.addEventListener('abort', onAbort, { once: true });
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
    accept({ request, key, signal }) {
      refuseWhenDark();
      const accepted = acceptRequest({ request, signal, now: now() });
      const ahead = queue.positionFor(key);
      if (!queue.push(key, accepted)) {
        refuse(
          new FlotillaError(
            'queue-full',
            `The queue of \`${service}\` is full: ${queue.size} requests wait.`,
            {
              details: {
                about: service,
                queuePosition: ahead + 1,
                retryAfterMs: waitMs(ahead),
                fix: 'Ask again after Retry-After.',
              },
            },
          ),
        );
      }
      abandonWhenAborted(accepted);
      pump();
      return accepted;
    },
    pump,
    failQueued,
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
