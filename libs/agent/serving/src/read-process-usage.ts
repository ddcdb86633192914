import { readFile } from 'node:fs/promises';
import type { ProcessUsage } from '@flotilla/agent-serving-core';

/** Linux counts in hundredths of a second for programs, whatever its own clock does. */
const TICKS_PER_SECOND = 100;

/** What another process of this user has used, as Linux tells it; undefined elsewhere, or when it is gone. */
export async function readProcessUsage(pid: number): Promise<ProcessUsage | undefined> {
  const read = (file: string): Promise<string> => readFile(`/proc/${pid}/${file}`, 'utf8');
  try {
    // Some containers keep what a process has read to themselves.
    const [stat, io] = await Promise.all([read('stat'), read('io').catch(() => '')]);
    // The name in brackets may hold anything; what follows its end is state, then numbers.
    const [, ...numbers] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(numbers[10]) + Number(numbers[11]);
    const readBytes = /^read_bytes: (\d+)/m.exec(io)?.[1];
    return {
      cpuSeconds: ticks / TICKS_PER_SECOND,
      readBytes: readBytes === undefined ? undefined : Number(readBytes),
    };
  } catch {
    return undefined;
  }
}
