import { statfs } from 'node:fs/promises';
import { cpus, freemem, totalmem } from 'node:os';

import type { HealthSample } from '@flotilla/contracts';

import { readControlGroups } from '../cgroup/read-control-groups.ts';
import { readPower, readTemperature } from '../probes/linux-sensors.ts';
import { parseMeminfo } from '../proc/parse-proc.ts';
import { kernelFiles, type KernelFiles } from '../proc/read-text.ts';

export interface CpuTimes {
  busyMs: number;
  totalMs: number;
}

/** How the machine is doing, from files alone: cheap enough for every telemetry row, and no process is started. */
export interface HealthSampler {
  /** `cpuShare` covers the time since the last call, and is absent in the first. A fact that cannot be read is left out. */
  sample(): Promise<HealthSample>;
}

export function createHealthSampler({
  dataFolder,
  files = kernelFiles(),
  cpuTimes = readCpuTimes,
}: {
  dataFolder: string;
  /** Default: this machine. */
  files?: KernelFiles;
  cpuTimes?: () => CpuTimes;
}): HealthSampler {
  let last: CpuTimes | undefined;

  function cpuShare(): number | undefined {
    const now = cpuTimes();
    const before = last;
    last = now;
    if (before === undefined || now.totalMs <= before.totalMs) return undefined;
    return Math.min(1, Math.max(0, (now.busyMs - before.busyMs) / (now.totalMs - before.totalMs)));
  }

  return {
    async sample() {
      const [memory, disk, temperatureC, power] = await Promise.all([
        readMemory(files),
        statfs(dataFolder).catch(() => undefined),
        readTemperature(files),
        readPower(files),
      ]);
      return {
        cpuShare: cpuShare(),
        memoryUsedBytes: memory.usedBytes,
        memoryTotalBytes: memory.totalBytes,
        agentBytes: process.memoryUsage.rss(),
        diskFreeBytes: disk === undefined ? undefined : disk.bavail * disk.bsize,
        temperatureC,
        power: power?.source,
        batteryShare: power?.batteryShare,
      };
    },
  };
}

/** Within the cgroup limit, where there is one: what the host has is not what this box has. */
async function readMemory(files: KernelFiles): Promise<{ usedBytes: number; totalBytes: number }> {
  const [meminfo, groups] = await Promise.all([files.text('proc/meminfo'), readControlGroups(files)]);
  const reading = meminfo === undefined ? undefined : parseMeminfo(meminfo);
  const physical = reading?.physicalBytes ?? totalmem();
  const limit = groups.memoryLimitBytes;
  if (limit !== undefined && limit < physical) {
    return { totalBytes: limit, usedBytes: Math.min(limit, groups.memoryUsedBytes ?? 0) };
  }
  return { totalBytes: physical, usedBytes: Math.max(0, physical - (reading?.availableBytes ?? freemem())) };
}

function readCpuTimes(): CpuTimes {
  let busyMs = 0;
  let totalMs = 0;
  for (const { times } of cpus()) {
    const busy = times.user + times.nice + times.sys + times.irq;
    busyMs += busy;
    totalMs += busy + times.idle;
  }
  return { busyMs, totalMs };
}
