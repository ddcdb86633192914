import { uptime } from 'node:os';

import { FlotillaError } from '@flotilla/contracts';

import { readControlGroups } from '../cgroup/read-control-groups.ts';
import type { HardwareProbes } from '../hardware-probes.ts';
import { parseAffinity, parseCpuinfo, parseMeminfo, parseOsRelease } from '../proc/parse-proc.ts';
import { line, type KernelFiles } from '../proc/read-text.ts';
import { readMachine, readPower, readTemperature } from './linux-sensors.ts';

/** The probes that Linux answers from files alone: no process is started. */
export type KernelProbes = Pick<
  HardwareProbes,
  'os' | 'machine' | 'cpu' | 'affinity' | 'controlGroups' | 'memory' | 'power' | 'temperature' | 'boot'
>;

export function linuxProbes(files: KernelFiles): KernelProbes {
  const need = async (path: string): Promise<string> => {
    const text = await files.text(path);
    if (text === undefined) throw new FlotillaError('not-found', `/${path} cannot be read.`);
    return text;
  };
  return {
    async os() {
      return {
        ...parseOsRelease((await files.text('etc/os-release')) ?? ''),
        kernel: (await need('proc/sys/kernel/osrelease')).trim().slice(0, 128),
      };
    },
    machine: () => readMachine(files),
    async cpu() {
      const facts = parseCpuinfo(await need('proc/cpuinfo'));
      const kiloHertz = Number(await line(files, 'sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq'));
      // Boards name themselves in the device tree where the processor has no name of its own.
      const model = facts.model ?? (await line(files, 'proc/device-tree/model'));
      return { ...facts, model, ...(kiloHertz > 0 ? { maxMhz: Math.round(kiloHertz / 1000) } : {}) };
    },
    affinity: async () => parseAffinity(await need('proc/self/status')),
    controlGroups: () => readControlGroups(files),
    async memory() {
      const reading = parseMeminfo(await need('proc/meminfo'));
      if (reading === undefined) throw new FlotillaError('internal', '/proc/meminfo names no total.');
      return reading;
    },
    power: () => readPower(files),
    temperature: () => readTemperature(files),
    async boot() {
      const seconds = Number((await files.text('proc/uptime'))?.split(' ')[0] ?? uptime());
      return {
        bootId: await line(files, 'proc/sys/kernel/random/boot_id'),
        uptimeMs: Math.round(seconds * 1000),
      };
    },
  };
}
