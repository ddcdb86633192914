import { cpuSeconds, residentMb } from '../process-usage.ts';
import type { BenchCase } from './bench-case.ts';
import { runBurst } from './burst.ts';
import { figuresOf, type CaseFigures } from './figures.ts';
import { promptsOf } from './prompts.ts';
import type { Target } from './target.ts';

/** One request alone says little: where few run at the same time, so many are sent in turn. */
const LEAST_REQUESTS = 4;

/** One run of a case on one target. `burst` must differ from every earlier one on that target. */
export async function measureCase(
  target: Target,
  bench: BenchCase,
  burst: number,
  signal: AbortSignal,
): Promise<CaseFigures> {
  const before = await cpuOf(target);
  const { streams } = bench;
  const turns = Math.ceil(LEAST_REQUESTS / streams);
  const prompts = promptsOf({ ...bench, streams: streams * turns }, burst);
  const bursts = [];
  for (let turn = 0; turn < turns; turn += 1)
    bursts.push(
      await runBurst({
        baseUrl: target.baseUrl,
        model: target.model,
        prompts: prompts.slice(turn * streams, (turn + 1) * streams),
        answerTokens: bench.answerTokens,
        sampling: bench.sampling,
        signal,
      }),
    );
  const after = await cpuOf(target);
  return figuresOf({
    wallMs: sum(bursts.map(({ wallMs }) => wallMs)),
    requests: bursts.flatMap(({ requests }) => requests),
    ...(before === undefined || after === undefined ? {} : { cpuSeconds: after - before }),
    residentMb: await memoryOf(target),
  });
}

/** Resident memory of all processes of a target; undefined when they are not known. */
export async function memoryOf({ pids }: Pick<Target, 'pids'>): Promise<number | undefined> {
  return pids.length === 0 ? undefined : sum(await Promise.all(pids.map(residentMb)));
}

async function cpuOf({ pids }: Pick<Target, 'pids'>): Promise<number | undefined> {
  return pids.length === 0 ? undefined : sum(await Promise.all(pids.map(cpuSeconds)));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
