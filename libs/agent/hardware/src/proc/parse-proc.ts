import type { CpuFacts } from '@flotilla/contracts';

import type { MemoryReading } from '../hardware-probes.ts';

/** Reads `/proc/meminfo`; undefined when it lacks the total. Kernels before 3.14 have no MemAvailable. */
export function parseMeminfo(text: string): MemoryReading | undefined {
  const bytes = (key: string): number | undefined => {
    const found = new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1];
    return found === undefined ? undefined : Number(found) * 1024;
  };
  const physicalBytes = bytes('MemTotal');
  if (physicalBytes === undefined) return undefined;
  const availableBytes =
    bytes('MemAvailable') ?? (bytes('MemFree') ?? 0) + (bytes('Buffers') ?? 0) + (bytes('Cached') ?? 0);
  return { physicalBytes, availableBytes, swapTotalBytes: bytes('SwapTotal') };
}

/** Sets that change what the engine can do; the other hundred flags would only fill the report. */
const OF_INTEREST = new Set([
  'sse3',
  'ssse3',
  'sse4_2',
  'avx',
  'avx2',
  'fma',
  'f16c',
  'bmi2',
  'avx_vnni',
  'avx512f',
  'avx512bw',
  'avx512_vnni',
  'avx512_bf16',
  'avx512vbmi',
  'amx_tile',
  'amx_int8',
  'sha_ni',
  'aes',
  'asimd',
  'neon',
  'asimdhp',
  'asimddp',
  'fphp',
  'i8mm',
  'bf16',
  'sve',
  'sve2',
  'sme',
  'v',
  'zvfh',
]);

/** Reads `/proc/cpuinfo` of x86, ARM and RISC-V. The first processor speaks for all. */
export function parseCpuinfo(text: string): Pick<CpuFacts, 'model' | 'instructionSets'> {
  const field = (key: string): string | undefined =>
    new RegExp(`^${key}\\s*:\\s*(.+)$`, 'm').exec(text)?.[1]?.trim();
  const flags = (field('flags') ?? field('Features') ?? '').split(/\s+/);
  return {
    model: (field('model name') ?? field('Model') ?? field('Hardware') ?? field('uarch'))?.slice(0, 256),
    instructionSets: flags.filter((flag) => OF_INTEREST.has(flag)),
  };
}

/** How many processors a list such as `0-3,8,10-11` names. */
export function countCpuList(list: string): number | undefined {
  let count = 0;
  for (const part of list.trim().split(',')) {
    const [, from, to] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
    if (from === undefined) return undefined;
    count += Number(to ?? from) - Number(from) + 1;
  }
  return count;
}

/** Processors that `/proc/self/status` lets this process run on. */
export function parseAffinity(status: string): number | undefined {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1];
  return list === undefined ? undefined : countCpuList(list);
}

/** `NAME="value"` lines of `/etc/os-release`. */
export function parseOsRelease(text: string): { distribution?: string; release?: string } {
  const field = (key: string): string | undefined =>
    new RegExp(`^${key}=(?:"([^"]*)"|(.*))$`, 'm')
      .exec(text)
      ?.slice(1)
      .find((value) => value !== undefined);
  return { distribution: field('NAME'), release: field('VERSION_ID') };
}
