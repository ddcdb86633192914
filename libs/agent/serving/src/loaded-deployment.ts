import type { Clock } from '@flotilla/kernel';
import type { Deployment, DeploymentStage } from './deployment.ts';
import { createEngineKeeper, type EngineKeeper } from './engine-keeper.ts';
import type { StartEngine } from './engine.ts';
import type { DeploymentRef, ServingEvents } from './serving-events.ts';

export interface LoadedDeploymentOptions {
  deployment: Deployment;
  startEngine: StartEngine;
  clock: Clock;
  random: () => number;
  emit: <Name extends keyof ServingEvents>(name: Name, payload: ServingEvents[Name]) => void;
  /** An engine is up: whoever waits may run. */
  onUp: () => void;
  onBroken: (reason: string) => void;
}

/** A deployment with the engine that is kept alive for it, and the requests that run there. */
export interface LoadedDeployment {
  readonly deployment: Deployment;
  readonly ref: DeploymentRef;
  readonly keeper: EngineKeeper;
  readonly running: Set<unknown>;
  draining: boolean;
  stage(hasTraffic: boolean): DeploymentStage;
  /** Resolves when nothing runs here. */
  idle(): Promise<void>;
  /** To be called when something stopped running here. */
  noteIdle(): void;
}

export function createLoadedDeployment(options: LoadedDeploymentOptions): LoadedDeployment {
  const { deployment, startEngine, clock, random, emit, onUp, onBroken } = options;
  const ref: DeploymentRef = {
    service: deployment.service,
    deployment: deployment.id,
    variant: deployment.variant,
    variantDigest: deployment.variantDigest,
    release: deployment.release,
  };
  const running = new Set<unknown>();
  let waiters: (() => void)[] = [];
  const keeper = createEngineKeeper({
    spec: deployment.spec,
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
      broken(exits, reason) {
        emit('engine-broken', { ...ref, exits, reason });
        onBroken(reason);
      },
      recovered: () => emit('engine-recovered', ref),
    },
  });
  const loaded: LoadedDeployment = {
    deployment,
    ref,
    keeper,
    running,
    draining: false,
    stage(hasTraffic) {
      if (loaded.draining) return 'draining';
      switch (keeper.stage) {
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
    },
    idle() {
      if (running.size === 0) return Promise.resolve();
      return new Promise((resolve) => waiters.push(resolve));
    },
    noteIdle() {
      if (running.size > 0) return;
      const woken = waiters;
      waiters = [];
      for (const wake of woken) wake();
    },
  };
  return loaded;
}
