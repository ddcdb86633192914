import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';

/** A control group with a memory limit that a test may put processes into. */
export interface MemoryGroup {
  /** Shell words before a command that is to run inside. */
  readonly enter: string;
  /** Most bytes that its processes held at once. */
  peakBytes(): number;
  remove(): void;
}

const V2 = '/sys/fs/cgroup';
const V1 = '/sys/fs/cgroup/memory';

/** Makes a limited group in whichever hierarchy is writable here; undefined where none is. */
export function makeMemoryGroup(limitBytes: number): MemoryGroup | undefined {
  const name = `flotilla-test-${process.pid}-${Math.random().toString(36).slice(2, 8)}`;
  const unified = existsSync(`${V2}/cgroup.controllers`);
  const folder = `${unified ? V2 : V1}/${name}`;
  try {
    mkdirSync(folder);
    writeFileSync(`${folder}/${unified ? 'memory.max' : 'memory.limit_in_bytes'}`, String(limitBytes));
  } catch {
    if (existsSync(folder)) rmdirSync(folder);
    return undefined;
  }
  const peakFile = `${folder}/${unified ? 'memory.peak' : 'memory.max_usage_in_bytes'}`;
  return {
    enter: `echo $$ > ${folder}/cgroup.procs && exec`,
    peakBytes: () => Number(readFileSync(peakFile, 'utf8')),
    remove: () => rmdirSync(folder),
  };
}
