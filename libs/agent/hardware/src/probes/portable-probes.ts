import { freemem, uptime } from 'node:os';

import type { KernelProbes } from './linux-probes.ts';

/** The same by systeminformation where there is no `/proc`: macOS and Windows. Each probe loads it when it is asked. */
export function portableProbes(): KernelProbes {
  return {
    async os() {
      const { osInfo } = await import('systeminformation');
      const { distro, release, kernel } = await osInfo();
      return { distribution: distro, release, kernel };
    },
    async machine() {
      const { system } = await import('systeminformation');
      const { manufacturer, model } = await system();
      return { vendor: manufacturer || undefined, model: model || undefined };
    },
    async cpu() {
      const { cpu, cpuFlags } = await import('systeminformation');
      const [{ manufacturer, brand, speedMax }, flags] = [await cpu(), await cpuFlags()];
      return {
        model: `${manufacturer} ${brand}`.trim() || undefined,
        instructionSets: flags
          .split(/\s+/)
          .filter((flag) => flag !== '')
          .slice(0, 128),
        ...(speedMax > 0 ? { maxMhz: Math.round(speedMax * 1000) } : {}),
      };
    },
    affinity: async () => undefined,
    controlGroups: async () => ({}),
    async memory() {
      const { mem } = await import('systeminformation');
      const { total, available, swaptotal } = await mem();
      return {
        physicalBytes: total,
        availableBytes: Math.max(available, freemem()),
        swapTotalBytes: swaptotal,
      };
    },
    async power() {
      const { battery } = await import('systeminformation');
      const { hasBattery, acConnected, percent } = await battery();
      if (!hasBattery) return { source: 'mains' };
      return {
        source: acConnected ? 'mains' : 'battery',
        batteryShare: Math.min(1, Math.max(0, percent / 100)),
      };
    },
    async temperature() {
      const { cpuTemperature } = await import('systeminformation');
      const { main } = await cpuTemperature();
      return main > 0 ? main : undefined;
    },
    boot: async () => ({ uptimeMs: Math.round(uptime() * 1000) }),
  };
}
