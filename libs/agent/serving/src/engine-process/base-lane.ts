import type { EngineSpec } from '../engine.ts';
import type { RequestEvent } from '../protocol.ts';
import { openSideContext } from './admit-memory.ts';
import { cacheOptions, type LoadedModel } from './load-model.ts';
import { createScheduler, type Scheduler, type SchedulerCounts } from './scheduler.ts';

/**
 * Where requests run that ask to go without the release's adapter.
 *
 * An adapter belongs to a native context, and all sequences of a batch share it, so these have a context of their
 * own: one sequence, opened when the first of them comes, if its memory fits. It is for comparison, not for load.
 */
export interface BaseLane {
  /** Throws `did-not-fit` where the memory limit leaves no room for a second context. */
  open(): Promise<Scheduler>;
  cancel(id: number): void;
  counts(): SchedulerCounts | undefined;
}

export interface BaseLaneOptions {
  loaded: LoadedModel;
  spec: EngineSpec;
  now: () => number;
  report: (events: RequestEvent[]) => void;
}

export function createBaseLane({ loaded, spec, now, report }: BaseLaneOptions): BaseLane {
  const { model, info } = loaded;
  let opening: Promise<Scheduler> | undefined;
  let scheduler: Scheduler | undefined;

  async function openContext(): Promise<Scheduler> {
    const context = await openSideContext(model, spec, {
      contextSize: spec.contextTokens,
      batchSize: info.batchTokens,
      threads: spec.threads,
      ...cacheOptions(spec),
    });
    scheduler = createScheduler({
      sequences: [context.getSequence()],
      batchTokens: info.batchTokens,
      now,
      report,
    });
    return scheduler;
  }

  return {
    async open() {
      opening ??= openContext();
      try {
        return await opening;
      } catch (error) {
        opening = undefined;
        throw error;
      }
    },
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
