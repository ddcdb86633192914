import { median } from '../report.ts';
import type { RequestTimes } from './burst.ts';

/** What is measured of one burst, or the medians of several. Memory and processor time are absent for a peer known by its address only. */
export interface CaseFigures {
  tokensPerSecond: number;
  ttftP50Ms: number;
  ttftP99Ms: number;
  tpotP50Ms: number;
  tpotP99Ms: number;
  cpuSecondsPer1000Tokens?: number;
  residentMb?: number;
  promptTokens: number;
  cachedTokens: number;
}

export type FigureName = keyof CaseFigures;

/** The value that the given part of the values does not exceed; the nearest rank. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? 0;
}

export function figuresOf({
  wallMs,
  requests,
  cpuSeconds,
  residentMb,
}: {
  wallMs: number;
  requests: readonly RequestTimes[];
  cpuSeconds?: number | undefined;
  residentMb?: number | undefined;
}): CaseFigures {
  const tokens = requests.reduce((sum, { answerTokens }) => sum + answerTokens, 0);
  const firsts = requests.map(({ firstTokenMs }) => firstTokenMs);
  const perToken = requests.map(
    ({ firstTokenMs, endMs, answerTokens }) => (endMs - firstTokenMs) / Math.max(1, answerTokens - 1),
  );
  return {
    tokensPerSecond: (tokens * 1_000) / wallMs,
    ttftP50Ms: percentile(firsts, 0.5),
    ttftP99Ms: percentile(firsts, 0.99),
    tpotP50Ms: percentile(perToken, 0.5),
    tpotP99Ms: percentile(perToken, 0.99),
    ...(cpuSeconds === undefined ? {} : { cpuSecondsPer1000Tokens: (cpuSeconds * 1_000) / tokens }),
    ...(residentMb === undefined ? {} : { residentMb }),
    promptTokens: median(requests.map(({ promptTokens }) => promptTokens)),
    cachedTokens: median(requests.map(({ cachedTokens }) => cachedTokens)),
  };
}

/** Figure by figure the median of the runs. */
export function medianFigures(runs: readonly CaseFigures[]): CaseFigures {
  const middle = (name: FigureName): number =>
    median(runs.flatMap((run) => (run[name] === undefined ? [] : [run[name]])));
  const has = (name: FigureName): boolean => runs.some((run) => run[name] !== undefined);
  return {
    tokensPerSecond: middle('tokensPerSecond'),
    ttftP50Ms: middle('ttftP50Ms'),
    ttftP99Ms: middle('ttftP99Ms'),
    tpotP50Ms: middle('tpotP50Ms'),
    tpotP99Ms: middle('tpotP99Ms'),
    ...(has('cpuSecondsPer1000Tokens') ? { cpuSecondsPer1000Tokens: middle('cpuSecondsPer1000Tokens') } : {}),
    ...(has('residentMb') ? { residentMb: middle('residentMb') } : {}),
    promptTokens: middle('promptTokens'),
    cachedTokens: middle('cachedTokens'),
  };
}
