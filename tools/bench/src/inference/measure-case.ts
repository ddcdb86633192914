import { cpuSeconds, residentMb } from '../process-usage.ts';
import type { BenchCase } from './bench-case.ts';
import { runBurst } from './burst.ts';
import { figuresOf, type CaseFigures } from './figures.ts';
import { promptsOf } from './prompts.ts';
import type { Target } from './target.ts';

/** One burst of a case on one target. `burst` must differ from every earlier one on that target. */
export async function measureCase(
  target: Target,
  bench: BenchCase,
  burst: number,
  signal: AbortSignal,
): Promise<CaseFigures> {
  const before = await cpuOf(target);
  const { wallMs, requests } = await runBurst({
    baseUrl: target.baseUrl,
    model: target.model,
    prompts: promptsOf(bench, burst),
    answerTokens: bench.answerTokens,
    sampling: bench.sampling,
    signal,
  });
  const after = await cpuOf(target);
  return figuresOf({
    wallMs,
    requests,
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
