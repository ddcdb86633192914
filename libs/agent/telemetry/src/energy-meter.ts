import type { Energy } from '@flotilla/contracts';

/** What the box drew since the last reading. RAPL, NVML and the battery are other meters behind the same port. */
export interface EnergyMeter {
  /** Energy of an interval that has just ended. `cpuShare`: busy part of all cores in it, where known. */
  measure(interval: { intervalMs: number; cpuShare?: number; memoryTotalBytes?: number }): Energy;
}

export interface ModelledEnergyOptions {
  /** What the processor draws under full load. */
  tdpWatts: number;
  /** Load that is assumed where it could not be read. Default 0.5. */
  assumedShare?: number;
}

/** Watts per byte of memory: 3 W per 8 GiB, whatever it does (the figure CodeCarbon uses). */
const WATTS_PER_MEMORY_BYTE = 3 / (8 * 2 ** 30);

/**
 * Energy by model: thermal design power × load, plus memory. An estimate for comparing boxes and releases with
 * themselves; `modelled` in every row says so.
 */
export function createModelledEnergyMeter({
  tdpWatts,
  assumedShare = 0.5,
}: ModelledEnergyOptions): EnergyMeter {
  return {
    measure({ intervalMs, cpuShare = assumedShare, memoryTotalBytes = 0 }) {
      const watts = tdpWatts * cpuShare + memoryTotalBytes * WATTS_PER_MEMORY_BYTE;
      return { joules: (watts * intervalMs) / 1_000, method: 'modelled' };
    },
  };
}

/**
 * What the processor probably draws under full load, from what is known of it. Published figures for the boards that
 * say who they are; otherwise 2 W per core of an ARM and 8 W per core of anything else, within reason.
 */
export function guessTdpWatts({
  cpuModel = '',
  arch,
  cores,
}: {
  cpuModel?: string;
  arch: string;
  cores: number;
}): number {
  const known = KNOWN_TDP.find(([pattern]) => pattern.test(cpuModel));
  if (known) return known[1];
  return arch.startsWith('arm') ? Math.max(5, cores * 2) : Math.min(280, Math.max(15, cores * 8));
}

const KNOWN_TDP: readonly [RegExp, number][] = [
  [/cortex-a76|raspberry pi 5|bcm2712/i, 12],
  [/cortex-a72|raspberry pi 4|bcm2711/i, 7],
  [/apple m\d+ (?:max|ultra)/i, 60],
  [/apple m\d+ pro/i, 40],
  [/apple m\d+/i, 22],
  [/\bi[3579]-\d+(?:u|y|g\d)\b/i, 15],
  [/\bi[3579]-\d+(?:h|hq|hk|hx)\b/i, 45],
  [/\bn(?:100|95|97|200|305)\b/i, 10],
];
