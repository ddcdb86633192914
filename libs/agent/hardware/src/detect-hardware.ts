import { Bytes, DeviceFacts } from '@flotilla/contracts';
import type { Clock } from '@flotilla/kernel';
import { z } from 'zod';

import { usableCores } from './cgroup/usable-cores.ts';
import type { HardwareProbes } from './hardware-probes.ts';

/** Longest wait for each probe; they run together, so this bounds the whole detection. */
const DEADLINE_MS = 10_000;
/** The GPUs are asked of an engine in a process of its own, which takes long to start on a busy box. */
const GPU_DEADLINE_MS = 30_000;

/** What each probe may answer: a driver that reports nonsense must cost its own fact, not all of them. */
const FACTS = DeviceFacts.shape;
const ANSWERS = {
  hostname: FACTS.hostname,
  os: FACTS.os.omit({ platform: true }),
  machine: FACTS.machine,
  cpu: FACTS.cpu.pick({ model: true, maxMhz: true, instructionSets: true }),
  affinity: z.int().min(1).optional(),
  controlGroups: z.object({
    memoryLimitBytes: Bytes.optional(),
    memoryUsedBytes: Bytes.optional(),
    cpuQuota: z.number().positive().optional(),
  }),
  memory: z.object({
    physicalBytes: Bytes,
    availableBytes: Bytes,
    swapTotalBytes: FACTS.memory.shape.swapTotalBytes,
  }),
  bandwidth: z.number().positive(),
  gpus: FACTS.gpus,
  disk: FACTS.disk,
  power: FACTS.power,
  temperature: FACTS.temperatureC,
  boot: z.object({ bootId: FACTS.bootId, uptimeMs: FACTS.uptimeMs.unwrap() }),
};

/**
 * Asks the machine everything at once. A probe that fails, is too slow or answers nonsense leaves its fact out and is
 * named in `unknown`, with the reason; nothing here throws.
 */
export async function detectHardware(
  probes: HardwareProbes,
  clock: Clock,
  options: { deadlineMs?: number } = {},
): Promise<DeviceFacts> {
  const unknown: DeviceFacts['unknown'] = [];
  const ask = async <Answer>(
    probe: keyof typeof ANSWERS,
    schema: z.ZodType<Answer>,
  ): Promise<Answer | undefined> => {
    const deadlineMs = options.deadlineMs ?? (probe === 'gpus' ? GPU_DEADLINE_MS : DEADLINE_MS);
    const late = new AbortController();
    const timer = clock.setTimeout(
      () => late.abort(new DOMException(`no answer within ${deadlineMs} ms`, 'TimeoutError')),
      deadlineMs,
    );
    try {
      return schema.parse(await Promise.race([probes[probe](late.signal), rejectOn(late.signal)]));
    } catch (error) {
      unknown.push({ probe, reason: reasonOf(error).slice(0, 512) });
      return undefined;
    } finally {
      timer.cancel();
    }
  };
  const essentials = probes.essentials();
  const [hostname, os, machine, cpu, affinity, groups, memory, gpus, disk, power, temperatureC, boot] =
    await Promise.all([
      ask('hostname', ANSWERS.hostname),
      ask('os', ANSWERS.os),
      ask('machine', ANSWERS.machine),
      ask('cpu', ANSWERS.cpu),
      ask('affinity', ANSWERS.affinity),
      ask('controlGroups', ANSWERS.controlGroups),
      ask('memory', ANSWERS.memory),
      ask('gpus', ANSWERS.gpus),
      ask('disk', ANSWERS.disk),
      ask('power', ANSWERS.power),
      ask('temperature', ANSWERS.temperature),
      ask('boot', ANSWERS.boot),
    ]);
  // Alone and last: beside the other probes it would measure them too.
  const bandwidth = await ask('bandwidth', ANSWERS.bandwidth);
  const physicalBytes = memory?.physicalBytes ?? essentials.totalBytes;
  const limitBytes = groups?.memoryLimitBytes;
  const limited = limitBytes !== undefined && limitBytes < physicalBytes;
  const totalBytes = limited ? limitBytes : physicalBytes;
  const free = memory?.availableBytes ?? essentials.freeBytes;
  const freeInGroup = limited ? Math.max(0, limitBytes - (groups?.memoryUsedBytes ?? 0)) : free;
  return {
    v: 1,
    at: clock.now(),
    hostname,
    os: { platform: essentials.platform, ...os },
    machine,
    cpu: {
      instructionSets: [],
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
    gpus: gpus ?? [],
    disk,
    power,
    temperatureC,
    bootId: boot?.bootId,
    uptimeMs: boot?.uptimeMs,
    unknown,
  };
}

function rejectOn(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError)
    return `answered nonsense: ${z.prettifyError(error).replaceAll('\n', ' ')}`;
  return error instanceof Error ? error.message : String(error);
}
