import type { ControlGroupLimits } from '../hardware-probes.ts';
import type { KernelFiles } from '../proc/read-text.ts';
import {
  ancestors,
  bindingLimits,
  parseCgroupFile,
  parseCgroupMounts,
  parseCpuMax,
  parseMemoryLimit,
  parseMemoryUse,
  parseQuota,
  type GroupLimits,
} from './parse-cgroup.ts';

/** The limits of every group that this process is in, in both hierarchies. A machine without groups has none. */
export async function readControlGroups(files: KernelFiles): Promise<ControlGroupLimits> {
  const cgroups = await files.text('proc/self/cgroup');
  const mounted = await files.text('proc/self/mounts');
  if (cgroups === undefined || mounted === undefined) return {};
  const paths = parseCgroupFile(cgroups);
  const mounts = parseCgroupMounts(mounted);
  const groups: Promise<GroupLimits>[] = [];
  if (paths.unified !== undefined && mounts.unified !== undefined) {
    for (const path of ancestors(paths.unified)) groups.push(readUnified(files, mounts.unified + path));
  }
  for (const [controller, read] of [
    ['memory', readLegacyMemory],
    ['cpu', readLegacyCpu],
  ] as const) {
    const path = paths.legacy.get(controller);
    const mount = mounts.legacy.get(controller);
    if (path === undefined || mount === undefined) continue;
    for (const group of ancestors(path)) groups.push(read(files, mount + group));
  }
  return bindingLimits(await Promise.all(groups));
}

async function readUnified(files: KernelFiles, folder: string): Promise<GroupLimits> {
  const [max, current, stat, cpu] = await Promise.all([
    files.text(`${folder}/memory.max`),
    files.text(`${folder}/memory.current`),
    files.text(`${folder}/memory.stat`),
    files.text(`${folder}/cpu.max`),
  ]);
  return {
    memoryLimitBytes: parseMemoryLimit(max),
    memoryUsedBytes: parseMemoryUse({ current, stat }),
    cpuQuota: parseCpuMax(cpu),
  };
}

async function readLegacyMemory(files: KernelFiles, folder: string): Promise<GroupLimits> {
  const [limit, current, stat] = await Promise.all([
    files.text(`${folder}/memory.limit_in_bytes`),
    files.text(`${folder}/memory.usage_in_bytes`),
    files.text(`${folder}/memory.stat`),
  ]);
  return { memoryLimitBytes: parseMemoryLimit(limit), memoryUsedBytes: parseMemoryUse({ current, stat }) };
}

async function readLegacyCpu(files: KernelFiles, folder: string): Promise<GroupLimits> {
  const [quota, period] = await Promise.all([
    files.text(`${folder}/cpu.cfs_quota_us`),
    files.text(`${folder}/cpu.cfs_period_us`),
  ]);
  return { cpuQuota: parseQuota(quota, period) };
}
