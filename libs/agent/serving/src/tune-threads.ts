import { chooseThreads, threadCandidates, type ThreadSpeed } from '@flotilla/agent-serving-core';
import { FlotillaError } from '@flotilla/contracts';
import { systemClock, type Clock } from '@flotilla/kernel';
import { fromEngineProblem } from './engine-problem.ts';
import { forkEngineProgram, tailOf } from './engine-program.ts';
import { MeasureReport, type MeasureCommand } from './measure-protocol.ts';
import { readProcessUsage } from './read-process-usage.ts';
import { watchLoad } from './watch-load.ts';

export interface TuneThreadsOptions {
  modelPath: string;
  gpu: 'auto' | 'off';
  /** Cores this process may really use: by affinity and cgroup quota, not those of the machine. */
  usableCores: number;
  /** Time for all measurements together; loading, a prompt and the first tokens of each are not counted. Default 2,000. */
  budgetMs?: number;
  clock?: Clock;
  signal: AbortSignal;
}

export interface ThreadTuning {
  best: number;
  table: ThreadSpeed[];
}

/**
 * Measures how fast answers are made and prompts are read over 1 to `usableCores` threads, in a process of its own.
 *
 * The library's default is the core count of the machine, at least 4: on a box with two cores or a quota
 * its threads wait for each other at every layer, and speed falls a hundredfold. The result holds for this
 * device and this model; the caller keeps it.
 */
export async function tuneThreads({
  modelPath,
  gpu,
  usableCores,
  budgetMs = 2_000,
  clock = systemClock,
  signal,
}: TuneThreadsOptions): Promise<ThreadTuning> {
  signal.throwIfAborted();
  const child = forkEngineProgram('measure-threads');
  const { pid } = child;
  const stderr = tailOf(child);
  const table: ThreadSpeed[] = [];
  const done = Promise.withResolvers<void>();
  const abandon = (): void => done.reject(signal.reason);
  const watch = watchLoad({
    clock,
    look: async () => ({ usage: pid === undefined ? undefined : await readProcessUsage(pid) }),
    onHung: (reason) =>
      done.reject(new FlotillaError('timeout', `The measuring process hung and was ended: ${reason}.`)),
  });
  signal.addEventListener('abort', abandon, { once: true });
  child.on('message', (message) => {
    const report = MeasureReport.parse(message);
    if (report.type === 'measured') {
      const { threads, tokensPerSecond, promptTokensPerSecond } = report;
      table.push({ threads, tokensPerSecond, promptTokensPerSecond });
    } else if (report.type === 'failed') done.reject(fromEngineProblem(report.problem));
    else done.resolve();
  });
  child.on('error', (error) => done.reject(error));
  child.on('close', () =>
    done.reject(
      new FlotillaError('load-failed', ['The measuring process ended early.', ...stderr()].join('\n')),
    ),
  );
  const command: MeasureCommand = { modelPath, gpu, threads: threadCandidates(usableCores), budgetMs };
  child.send(command, () => undefined);
  try {
    await done.promise;
  } finally {
    watch.stop();
    signal.removeEventListener('abort', abandon);
    child.kill('SIGKILL');
  }
  return { best: chooseThreads(table) ?? 1, table };
}
