import { setTimeout as delay } from 'node:timers/promises';
import { benchCases, caseName, type BenchCase } from './bench-case.ts';
import type { BenchModel } from './bench-models.ts';
import type { BenchOptions } from './arguments.ts';
import { medianFigures, percentile, type CaseFigures } from './figures.ts';
import { measureCase } from './measure-case.ts';
import { peerAt, startPeer } from './peer.ts';
import { startServedBox, type ServedBox } from './served-box.ts';
import type { Target, TargetShape } from './target.ts';

export interface CaseResult {
  bench: BenchCase;
  ours: { median: CaseFigures; runs: CaseFigures[] };
  peer: { median: CaseFigures; runs: CaseFigures[] } | undefined;
}

/** What the supervisor said of itself while the most streams ran. */
export interface SupervisorLoad {
  streams: number;
  residentMb: number;
  eventLoopP99Ms: number;
  eventLoopMaxMs: number;
  healthzP50Ms: number;
  healthzP99Ms: number;
  healthzAnswers: number;
}

export interface ModelResult {
  model: string;
  shape: TargetShape;
  cases: CaseResult[];
  supervisor: SupervisorLoad;
}

/** Bursts are numbered so that no cold prompt is ever sent twice to a target. */
let nextBurst = 1;
const HEALTHZ_EVERY_MS = 50;

/** Runs all cases of one model, ours and the peer's in turn; who begins changes with every run. */
export async function benchOneModel(
  model: BenchModel,
  options: BenchOptions,
  signal: AbortSignal,
): Promise<ModelResult> {
  const sequences = Math.max(...options.streams);
  const { contextTokens } = options;
  const box = await startServedBox({ modelPath: model.path, contextTokens, sequences, signal });
  let peer: Target | undefined;
  try {
    peer = await openPeer(options.peer, model, box.shape);
    const targets = peer === undefined ? [box] : [box, peer];
    const found = new Map<string, Map<string, CaseFigures[]>>();
    const cases = benchCases(options);
    for (let run = 0; run < options.runs; run += 1) {
      for (const prefix of options.prefixes) {
        const most = cases.findLast((bench) => bench.prefix === prefix);
        // Reads the shared beginning into every sequence; a cold case has overwritten it.
        if (prefix === 'warm' && most !== undefined)
          for (const target of targets) await measureCase(target, most, nextBurst++, signal);
        for (const bench of cases.filter((one) => one.prefix === prefix)) {
          process.stderr.write(`${model.name}, run ${run + 1} of ${options.runs}: ${caseName(bench)}\n`);
          for (const target of run % 2 === 0 ? targets : targets.toReversed()) {
            const figures = await measureCase(target, bench, nextBurst++, signal);
            keep(found, target, bench, figures);
          }
        }
      }
    }
    return {
      model: model.name,
      shape: box.shape,
      cases: cases.map((bench) => resultOf(found, bench, peer !== undefined)),
      supervisor: await superviseUnderLoad(box, cases, signal),
    };
  } finally {
    await Promise.all([box.stop(), peer?.stop()]);
  }
}

/** Starts, or points at, what ours is held against. */
export async function openPeer(
  peer: BenchOptions['peer'],
  model: BenchModel,
  shape: TargetShape,
): Promise<Target | undefined> {
  if (peer === undefined) return undefined;
  if (peer.kind === 'url') return peerAt(peer.at);
  return startPeer({ program: peer.at, modelPath: model.path, shape });
}

type Found = Map<string, Map<string, CaseFigures[]>>;

function keep(found: Found, target: Target, bench: BenchCase, figures: CaseFigures): void {
  const ofTarget = found.get(target.name) ?? new Map<string, CaseFigures[]>();
  found.set(target.name, ofTarget);
  ofTarget.set(caseName(bench), [...(ofTarget.get(caseName(bench)) ?? []), figures]);
}

function resultOf(found: Found, bench: BenchCase, hasPeer: boolean): CaseResult {
  const of = (name: string) => {
    const runs = found.get(name)?.get(caseName(bench)) ?? [];
    return { runs, median: medianFigures(runs) };
  };
  return { bench, ours: of('flotilla'), peer: hasPeer ? of('peer') : undefined };
}

/** One more burst of the most streams, with `/healthz` asked all the while. */
async function superviseUnderLoad(
  box: ServedBox,
  cases: readonly BenchCase[],
  signal: AbortSignal,
): Promise<SupervisorLoad> {
  const bench = cases.reduce((most, one) => (one.streams > most.streams ? one : most));
  await box.eventLoopDelay();
  const ended = new AbortController();
  const asking = askHealthz(box.baseUrl, AbortSignal.any([ended.signal, signal]));
  await measureCase(box, bench, nextBurst++, signal);
  ended.abort();
  const answers = await asking;
  const { p99, max } = await box.eventLoopDelay();
  return {
    streams: bench.streams,
    residentMb: await box.agentResidentMb(),
    eventLoopP99Ms: p99,
    eventLoopMaxMs: max,
    healthzP50Ms: percentile(answers, 0.5),
    healthzP99Ms: percentile(answers, 0.99),
    healthzAnswers: answers.length,
  };
}

/** Milliseconds of each answer until the signal aborts. */
async function askHealthz(baseUrl: string, signal: AbortSignal): Promise<number[]> {
  const answers: number[] = [];
  while (!signal.aborted) {
    const askedAt = performance.now();
    const response = await fetch(`${baseUrl}/healthz`);
    await response.text();
    if (response.ok) answers.push(performance.now() - askedAt);
    await delay(HEALTHZ_EVERY_MS);
  }
  return answers;
}
