import { DeviceFacts } from '@flotilla/contracts';
import type { Clock } from '@flotilla/kernel';

import { usableCores } from './cgroup/usable-cores.ts';
import type { HardwareProbes } from './hardware-probes.ts';

/** Longest wait for each probe; they run together, so this bounds the whole detection. */
const DEADLINE_MS = 10_000;

/**
 * Asks the machine everything at once. A probe that fails or is too slow leaves its fact out and is named in
 * `unknown`, with the reason; nothing here throws.
 */
export async function detectHardware(
  probes: HardwareProbes,
  clock: Clock,
  { deadlineMs = DEADLINE_MS }: { deadlineMs?: number } = {},
): Promise<DeviceFacts> {
  const unknown: DeviceFacts['unknown'] = [];
  const ask = async <T>(probe: string, run: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> => {
    const late = new AbortController();
    const timer = clock.setTimeout(
      () => late.abort(new DOMException(`no answer within ${deadlineMs} ms`, 'TimeoutError')),
      deadlineMs,
    );
    try {
      return await Promise.race([run(late.signal), rejectOn(late.signal)]);
    } catch (error) {
      unknown.push({ probe, reason: (error instanceof Error ? error.message : String(error)).slice(0, 512) });
      return undefined;
    } finally {
      timer.cancel();
    }
  };
  const essentials = probes.essentials();
  const [hostname, os, machine, cpu, affinity, groups, memory, gpus, disk, power, temperatureC, boot] =
    await Promise.all([
      ask('hostname', () => probes.hostname()),
      ask('os', () => probes.os()),
      ask('machine', () => probes.machine()),
      ask('cpu', () => probes.cpu()),
      ask('affinity', () => probes.affinity()),
      ask('control-groups', () => probes.controlGroups()),
      ask('memory', () => probes.memory()),
      ask('gpus', (signal) => probes.gpus(signal)),
      ask('disk', () => probes.disk()),
      ask('power', () => probes.power()),
      ask('temperature', () => probes.temperature()),
      ask('boot', () => probes.boot()),
    ]);
  // Alone and last: beside the other probes it would measure them too.
  const bandwidth = await ask('bandwidth', (signal) => probes.bandwidth(signal));
  const physicalBytes = memory?.physicalBytes ?? essentials.totalBytes;
  const limitBytes = groups?.memoryLimitBytes;
  const limited = limitBytes !== undefined && limitBytes < physicalBytes;
  const totalBytes = limited ? limitBytes : physicalBytes;
  const free = memory?.availableBytes ?? essentials.freeBytes;
  const freeInGroup = limited ? Math.max(0, limitBytes - (groups?.memoryUsedBytes ?? 0)) : free;
  return DeviceFacts.parse({
    v: 1,
    at: clock.now(),
    hostname,
    os: { platform: essentials.platform, ...os },
    machine,
    cpu: {
      arch: essentials.arch,
      cores: essentials.cores,
      usableCores: usableCores({ cores: essentials.cores, affinity, quota: groups?.cpuQuota }),
      ...cpu,
    },
    memory: {
      totalBytes,
      availableBytes: Math.min(free, freeInGroup),
      physicalBytes,
      cgroupLimitBytes: limited ? limitBytes : undefined,
      swapTotalBytes: memory?.swapTotalBytes,
      bandwidthBytesPerSecond: bandwidth,
    },
    gpus,
    disk,
    power,
    temperatureC,
    bootId: boot?.bootId,
    uptimeMs: boot?.uptimeMs,
    unknown,
  });
}

function rejectOn(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
