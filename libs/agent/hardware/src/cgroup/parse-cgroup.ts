import type { ControlGroupLimits } from '../hardware-probes.ts';

/** Where the groups of a process are: one path in the unified hierarchy, and one per old controller. */
export interface GroupPaths {
  /** Path in the version 2 hierarchy. */
  unified?: string;
  /** Path by controller in version 1, such as `memory` or `cpu`. */
  legacy: Map<string, string>;
}

/** Reads `/proc/self/cgroup`. In a hybrid set-up both kinds of line are there. */
export function parseCgroupFile(text: string): GroupPaths {
  const paths: GroupPaths = { legacy: new Map() };
  for (const line of text.split('\n')) {
    const [, hierarchy, controllers, path] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
    if (hierarchy === undefined || controllers === undefined || path === undefined) continue;
    if (hierarchy === '0' && controllers === '') paths.unified = path;
    else for (const name of controllers.split(',')) paths.legacy.set(name, path);
  }
  return paths;
}

/** Where the hierarchies are mounted. */
export interface GroupMounts {
  unified?: string;
  legacy: Map<string, string>;
}

/** Reads `/proc/self/mounts`; the root of a mount inside a container is already its own group. */
export function parseCgroupMounts(text: string): GroupMounts {
  const mounts: GroupMounts = { legacy: new Map() };
  for (const line of text.split('\n')) {
    const [, path, type, options] = line.split(' ');
    if (path === undefined) continue;
    if (type === 'cgroup2') mounts.unified ??= path;
    if (type === 'cgroup') for (const option of options?.split(',') ?? []) mounts.legacy.set(option, path);
  }
  return mounts;
}

/** A group and all above it, the group first: `/a/b` gives `/a/b`, `/a`, `/`. A limit of any of them binds. */
export function ancestors(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '' && part !== '..');
  return [...parts.map((_, index) => `/${parts.slice(0, parts.length - index).join('/')}`), '/'];
}

/** A number of bytes; `max`, and the huge number by which version 1 says none, are undefined. */
export function parseMemoryLimit(text: string | undefined): number | undefined {
  const trimmed = text?.trim();
  if (trimmed === undefined || !/^\d+$/.test(trimmed)) return undefined;
  const bytes = Number(trimmed);
  return bytes >= 2 ** 60 ? undefined : bytes;
}

/** Cores' worth of `cpu.max`: `150000 100000` is 1.5, `max 100000` no limit. */
export function parseCpuMax(text: string | undefined): number | undefined {
  const [quota, period] = text?.trim().split(/\s+/) ?? [];
  return parseQuota(quota, period ?? '100000');
}

/** The same from the two files of version 1; a quota of -1 is no limit. */
export function parseQuota(quota: string | undefined, period: string | undefined): number | undefined {
  const [allowed, per] = [Number(quota?.trim()), Number(period?.trim())];
  return Number.isFinite(allowed) && allowed > 0 && per > 0 ? allowed / per : undefined;
}

/** Bytes that a group holds and could not drop: its use less the file pages that nobody touched lately. */
export function parseMemoryUse({
  current,
  stat,
}: {
  current: string | undefined;
  stat: string | undefined;
}): number | undefined {
  const used = parseMemoryLimit(current);
  if (used === undefined) return undefined;
  const inactive =
    /^total_inactive_file (\d+)$/m.exec(stat ?? '') ?? /^inactive_file (\d+)$/m.exec(stat ?? '');
  return Math.max(0, used - Number(inactive?.[1] ?? 0));
}

/** What the files of one group say. */
export interface GroupLimits {
  memoryLimitBytes?: number;
  memoryUsedBytes?: number;
  cpuQuota?: number;
}

/**
 * What binds a process in nested groups: the least quota, and the memory limit that leaves the least, with the use of
 * that same group, for the use of a parent counts its other children too.
 */
export function bindingLimits(groups: readonly GroupLimits[]): ControlGroupLimits {
  const quotas = groups.map(({ cpuQuota }) => cpuQuota).filter((quota) => quota !== undefined);
  const limited = groups.filter(({ memoryLimitBytes }) => memoryLimitBytes !== undefined);
  const left = (group: GroupLimits): number =>
    (group.memoryLimitBytes ?? Infinity) - (group.memoryUsedBytes ?? 0);
  const least = limited.reduce<GroupLimits | undefined>(
    (tightest, group) => (tightest === undefined || left(group) < left(tightest) ? group : tightest),
    undefined,
  );
  const smallest = Math.min(...limited.map(({ memoryLimitBytes }) => memoryLimitBytes ?? Infinity));
  return {
    ...(quotas.length === 0 ? {} : { cpuQuota: Math.min(...quotas) }),
    ...(least === undefined
      ? {}
      : {
          memoryLimitBytes: smallest,
          // Expressed against the smallest limit, so that limit less use is what is really left.
          memoryUsedBytes: Math.max(0, smallest - left(least)),
        }),
  };
}
