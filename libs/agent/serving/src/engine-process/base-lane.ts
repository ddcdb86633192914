import type { OneAtATime } from '@flotilla/kernel';
import type { EngineSpec } from '../engine.ts';
import type { RequestEvent } from '../protocol.ts';
import type { LoadedModel } from './load-model.ts';
import { cacheOptions } from './open-model.ts';
import { createScheduler, type Scheduler, type SchedulerCounts } from './scheduler.ts';
import { createSideContext, type SideContext } from './side-context.ts';

/**
 * Where requests run that ask to go without the release's adapter.
 *
 * An adapter belongs to a native context, and all sequences of a batch share it, so these have a context of their
 * own, with one sequence. It is for comparison, not for load.
 */
export interface BaseLane {
  readonly side: SideContext<{ scheduler: Scheduler }>;
  cancel(id: number): void;
  counts(): SchedulerCounts | undefined;
}

export interface BaseLaneOptions {
  loaded: LoadedModel;
  spec: EngineSpec;
  now: () => number;
  /** Waits until nothing else of this engine computes. */
  compute: OneAtATime;
  report: (events: RequestEvent[]) => void;
}

export function createBaseLane({ loaded, spec, now, compute, report }: BaseLaneOptions): BaseLane {
  const { model, info } = loaded;
  const { batchTokens } = info;
  let scheduler: Scheduler | undefined;

  const side = createSideContext({
    model,
    spec,
    compute,
    contextSize: spec.contextTokens,
    batchSize: batchTokens,
    async create() {
      const context = await model.createContext({
        contextSize: spec.contextTokens,
        batchSize: batchTokens,
        threads: spec.threads,
        sequences: 1,
        failedCreationRemedy: false,
        ...cacheOptions(spec),
      });
      scheduler = createScheduler({ sequences: [context.getSequence()], batchTokens, now, compute, report });
      return { context, scheduler };
    },
    async dispose({ context }) {
      scheduler = undefined;
      await context.dispose();
    },
    isBusy: () => scheduler !== undefined && scheduler.counts().running + scheduler.counts().waiting > 0,
  });

  return {
    side,
    cancel: (id) => scheduler?.cancel(id),
    counts: () => scheduler?.counts(),
  };
}

/** What both schedulers of an engine hold and have done. */
export function addCounts(main: SchedulerCounts, base: SchedulerCounts | undefined): SchedulerCounts {
  if (base === undefined) return main;
  return {
    running: main.running + base.running,
    waiting: main.waiting + base.waiting,
    steps: main.steps + base.steps,
    evaluatedTokens: main.evaluatedTokens + base.evaluatedTokens,
    generatedTokens: main.generatedTokens + base.generatedTokens,
  };
}
