import {
  describeServices,
  type FetchProgress,
  type ReconcileEvents,
  type ServingPort,
  type Step,
} from '@flotilla/agent-reconcile';
import type { Services } from '@flotilla/agent-serving';
import type { ReportedService } from '@flotilla/contracts';
import type { Clock, TypedEvents } from '@flotilla/kernel';
import { deploymentId } from './serving-port.ts';

export interface ServiceBoardOptions {
  events: TypedEvents<ReconcileEvents>;
  serving: Pick<ServingPort, 'slots'>;
  services: Pick<Services, 'served' | 'deployments'>;
  clock: Clock;
}

/** What the services of the box do at this moment, as the loop and the engines tell it. */
export class ServiceBoard {
  readonly #options: ServiceBoardOptions;
  #plan: ReconcileEvents['plan-made'] | undefined;
  #step: Step | undefined;
  readonly #progress = new Map<string, FetchProgress>();
  readonly #since = new Map<string, { state: string; at: number }>();

  /** Listens from now on. */
  constructor(options: ServiceBoardOptions) {
    this.#options = options;
    const { events } = options;
    events.on('plan-made', (made) => (this.#plan = made));
    events.on('step-started', ({ step }) => (this.#step = step));
    events.on('fetch-progress', ({ service, progress }) => this.#progress.set(service, progress));
    events.on('step-finished', ({ step }) => this.#ended(step));
    events.on('step-failed', ({ step }) => this.#ended(step));
  }

  /** The last plan with what it was made from. */
  get plan(): ReconcileEvents['plan-made'] | undefined {
    return this.#plan;
  }

  read(): ReportedService[] {
    if (!this.#plan) return [];
    const { world, desired, limits } = this.#plan;
    const now = { ...world, slots: this.#options.serving.slots() };
    const activity = { ...(this.#step ? { step: this.#step } : {}), progress: this.#progress };
    return describeServices({ world: now, desired, limits, activity }).map((service) => ({
      ...service,
      ...this.#engineOf(service),
      ...this.#degradedOf(service),
      since: this.#sinceOf(service),
    }));
  }

  #ended(step: Step): void {
    this.#step = undefined;
    if ('service' in step) this.#progress.delete(step.service);
  }

  #engineOf({ service }: ReportedService): Pick<ReportedService, 'engine'> {
    const { serving, services } = this.#options;
    const slot = serving
      .slots()
      .find(({ record, stage }) => record.service === service && stage === 'serving');
    const deployment = slot && services.deployments().find(({ id }) => id === deploymentId(slot.record));
    const info = deployment?.engine;
    if (!slot || !deployment || !info) return {};
    const tokensPerSecond = services.served().find((served) => served.service === service)?.tokensPerSecond;
    return {
      engine: {
        contextTokens: info.contextTokens,
        sequences: info.sequences,
        threads: info.threads,
        gpu: info.gpu,
        estimatedBytes: slot.record.placement.need.totalBytes,
        actualBytes: info.rssBytes,
        ...(tokensPerSecond === undefined ? {} : { tokensPerSecond }),
        restarts: deployment.restarts,
      },
    };
  }

  /** The steps down of the engine, after those of the variant and the release. */
  #degradedOf({
    service,
    release,
    degraded: before = [],
  }: ReportedService): Pick<ReportedService, 'degraded'> {
    const { serving, services } = this.#options;
    const slot = serving
      .slots()
      .find(({ record }) => record.service === service && record.release === release);
    const deployment = slot && services.deployments().find(({ id }) => id === deploymentId(slot.record));
    const degraded = [
      ...before,
      ...(deployment?.degraded ?? []).map(({ kind, reason, at }) => ({ rung: kind, reason, at })),
    ];
    return degraded.length === 0 ? {} : { degraded: degraded.slice(-16) };
  }

  #sinceOf({ service, state }: ReportedService): number {
    const known = this.#since.get(service);
    if (known?.state === state) return known.at;
    const at = this.#options.clock.now();
    this.#since.set(service, { state, at });
    return at;
  }
}
