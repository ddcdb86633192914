import { ExclusiveRunner, type Clock, type Timer } from '@flotilla/kernel';
import type { Log } from '@flotilla/platform-log';

export interface Job {
  start(): void;
  /** Runs as soon as the run under way, if any, has ended; many calls before that are one. */
  wake(): void;
  /** Resolves when a run under way has ended. */
  stop(): Promise<void>;
}

export interface JobOptions {
  name: string;
  /** Time from the end of one run to the start of the next, when nobody wakes it. */
  everyMs: number;
  /** Must be safe to repeat and to kill anywhere. */
  run: (signal: AbortSignal) => Promise<void>;
  clock: Clock;
  log: Log;
}

/** Work that comes again and again: one run at a time; a failed one is logged and tried at the next turn. */
export function createJob({ name, everyMs, run, clock, log }: JobOptions): Job {
  let timer: Timer | undefined;
  let started = false;
  const runner = new ExclusiveRunner<void, void>({
    run: async (_, signal) => {
      timer?.cancel();
      try {
        await run(signal);
      } catch (error) {
        if (!signal.aborted) log.error({ job: name, error }, 'job failed');
      } finally {
        if (started) timer = clock.setTimeout(wake, everyMs);
      }
    },
  });
  const wake = (): void => {
    if (started) void runner.request();
  };
  return {
    start() {
      started = true;
      wake();
    },
    wake,
    async stop() {
      started = false;
      timer?.cancel();
      await runner.stop();
    },
  };
}
