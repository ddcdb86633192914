import Table from 'cli-table3';
import { caseName } from './bench-case.ts';
import type { ModelResult } from './bench-one-model.ts';
import { compare, type Comparison } from './compare.ts';
import type { FigureName } from './figures.ts';
import type { GrowthResult } from './measure-growth.ts';

const COLUMNS: readonly [FigureName, string][] = [
  ['tokensPerSecond', 'tokens/s'],
  ['ttftP50Ms', 'TTFT p50 ms'],
  ['ttftP99Ms', 'p99'],
  ['tpotP50Ms', 'per token p50 ms'],
  ['tpotP99Ms', 'p99'],
  ['cpuSecondsPer1000Tokens', 'CPU s / 1,000'],
  ['residentMb', 'resident MB'],
];
const SUPERVISOR_MB = 130;
const SUPERVISOR_P99_MS = 20;

/** Per case the ratio to the peer, ours and theirs; `!` where a promise does not hold. Without a peer our figures alone. */
export function printModel({ model, shape, cases, supervisor }: ModelResult): void {
  const { sequences, contextTokens, batchTokens, threads } = shape;
  const table = new Table({
    head: ['case', 'prompt (cached)', ...COLUMNS.map(([, title]) => title)],
    style: { head: [], border: [] },
  });
  for (const { bench, ours, peer } of cases) {
    const rows = compare({ streams: bench.streams, ours: ours.median, peer: peer?.median });
    table.push([
      caseName(bench),
      `${ours.median.promptTokens} (${ours.median.cachedTokens})`,
      ...COLUMNS.map(([name]) => cell(rows.find((row) => row.name === name))),
    ]);
  }
  console.log(
    `\n${model}: ${sequences} × ${contextTokens} tokens, batch ${batchTokens}, ${threads} ${threads === 1 ? 'thread' : 'threads'}\n${table.toString()}`,
  );
  const { streams, residentMb, eventLoopP99Ms, eventLoopMaxMs, healthzP99Ms, healthzAnswers } = supervisor;
  console.log(
    [
      `supervisor under ${streams} streams:`,
      `event-loop delay p99 ${short(eventLoopP99Ms)} ms, worst ${short(eventLoopMaxMs)} ms (limit ${SUPERVISOR_P99_MS})${eventLoopP99Ms > SUPERVISOR_P99_MS ? ' !' : ''};`,
      `resident ${short(residentMb)} MB (limit ${SUPERVISOR_MB})${residentMb > SUPERVISOR_MB ? ' !' : ''};`,
      `/healthz answered ${healthzAnswers} times, p99 ${short(healthzP99Ms)} ms`,
    ].join(' '),
  );
}

export function printGrowth(results: readonly GrowthResult[]): void {
  if (results.length === 0) return;
  const table = new Table({ head: ['model', 'more', 'adds'], style: { head: [], border: [] } });
  for (const { model, what, oursMb, comparison } of results) {
    const added =
      comparison === undefined
        ? `${short(oursMb)} MB`
        : `${short(comparison.ratio)} × (${short(comparison.ours)} / ${short(comparison.peer)} MB)${comparison.met ? '' : ' !'}`;
    table.push([model, what, added]);
  }
  console.log(`\nMemory\n${table.toString()}`);
}

function cell(row: Comparison | undefined): string {
  if (row === undefined) return '';
  if (row.ratio === undefined || row.peer === undefined) return short(row.ours);
  return `${short(row.ratio)} × (${short(row.ours)} / ${short(row.peer)})${row.met === false ? ' !' : ''}`;
}

function short(value: number): string {
  return new Intl.NumberFormat('en', { maximumSignificantDigits: 3, useGrouping: false }).format(value);
}
