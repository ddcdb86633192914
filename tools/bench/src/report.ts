import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname } from 'node:path';
import Table from 'cli-table3';

export interface Figure {
  what: string;
  /** Of every run, in the unit. */
  runs: number[];
  unit: string;
  /** What the figure is held against, with its name. */
  peer?: { name: string; value: number };
}

/** The middle of the runs; the mean of the two middle ones when their number is even. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[middle - (sorted.length % 2 === 0 ? 1 : 0)] ?? 0, sorted[middle] ?? 0];
  return (low + high) / 2;
}

/** Prints figures as a table and, with `--json FILE`, writes them. A ratio under 1 is better than the peer. */
export function report({
  title,
  figures,
  jsonFile,
}: {
  title: string;
  figures: readonly Figure[];
  jsonFile: string | undefined;
}): void {
  const table = new Table({
    head: ['figure', 'median', 'worst', 'held against', 'ratio'],
    style: { head: [], border: [] },
  });
  const number = new Intl.NumberFormat('en', { maximumFractionDigits: 2 });
  for (const { what, runs, unit, peer } of figures) {
    const middle = median(runs);
    table.push([
      what,
      `${number.format(middle)} ${unit}`,
      `${number.format(Math.max(...runs))} ${unit}`,
      peer === undefined ? '' : `${peer.name}: ${number.format(peer.value)} ${unit}`,
      peer === undefined ? '' : number.format(middle / peer.value),
    ]);
  }
  console.log(`${title}\n${table.toString()}`);
  if (jsonFile === undefined) return;
  const document = {
    title,
    at: Date.now(),
    machine: { cpu: cpus()[0]?.model, cores: cpus().length },
    figures,
  };
  mkdirSync(dirname(jsonFile), { recursive: true });
  writeFileSync(jsonFile, `${JSON.stringify(document, null, 2)}\n`);
}
