import type { HardwareProbes } from '../hardware-probes.ts';

/** What every probe of a machine answers, as data. */
export type Readings = {
  [Probe in Exclude<keyof HardwareProbes, 'essentials'>]?: Awaited<ReturnType<HardwareProbes[Probe]>>;
} & { essentials: ReturnType<HardwareProbes['essentials']> };

export interface DeviceFixture {
  /** `published`: put together from the maker's figures and reviews; nobody ran our probes on such a machine. */
  origin: 'recorded' | 'published';
  note: string;
  readings: Readings;
}

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;

/** Representative machines. Bandwidths are what a copy reaches (60-80 % of the memory's own figure), read plus write. */
export const DEVICE_FIXTURES = {
  'raspberry-pi-5': {
    origin: 'published',
    note: 'Raspberry Pi 5, 8 GB: BCM2712, four Cortex-A76 at 2.4 GHz, LPDDR4X-4267 (17 GB/s), 64 GB card.',
    readings: {
      essentials: { platform: 'linux', arch: 'arm64', cores: 4, totalBytes: 8.0e9, freeBytes: 6.9e9 },
      hostname: 'pi',
      os: { distribution: 'Debian GNU/Linux', release: '12', kernel: '6.6.31+rpt-rpi-2712' },
      machine: { model: 'Raspberry Pi 5 Model B Rev 1.0' },
      cpu: {
        model: 'Raspberry Pi 5 Model B Rev 1.0',
        maxMhz: 2400,
        instructionSets: ['asimd', 'aes', 'asimdhp', 'asimddp', 'fphp'],
      },
      affinity: 4,
      controlGroups: {},
      memory: { physicalBytes: 8.46e9, availableBytes: 7.6e9, swapTotalBytes: 200 * MIB },
      bandwidth: 11e9,
      gpus: [],
      disk: { totalBytes: 62e9, freeBytes: 50e9, path: '/var/lib/flotilla' },
      temperature: 52.1,
      boot: { bootId: '00000000-0000-4000-8000-0000000000a1', uptimeMs: 86_400_000 },
    },
  },
  'jetson-orin-nano': {
    origin: 'published',
    note: 'Jetson Orin Nano 8 GB: six Cortex-A78AE at 1.5 GHz, 1024-core Ampere GPU, LPDDR5 (68 GB/s) shared. No CUDA prebuilt of the engine for arm64.',
    readings: {
      essentials: { platform: 'linux', arch: 'arm64', cores: 6, totalBytes: 7.8e9, freeBytes: 5e9 },
      hostname: 'orin',
      os: { distribution: 'Ubuntu', release: '22.04', kernel: '5.15.148-tegra' },
      machine: { model: 'NVIDIA Jetson Orin Nano Developer Kit' },
      cpu: {
        model: 'ARMv8 Processor rev 1 (v8l)',
        maxMhz: 1510,
        instructionSets: ['asimd', 'aes', 'asimdhp', 'asimddp', 'fphp'],
      },
      affinity: 6,
      controlGroups: {},
      memory: { physicalBytes: 7.99e9, availableBytes: 6.4e9, swapTotalBytes: 4e9 },
      bandwidth: 45e9,
      gpus: [
        { name: 'NVIDIA Tegra (NVIDIA Jetson Orin Nano Developer Kit)', backend: 'none', unified: true },
      ],
      disk: { totalBytes: 250e9, freeBytes: 200e9, path: '/var/lib/flotilla' },
      temperature: 47,
      boot: { bootId: '00000000-0000-4000-8000-0000000000a2', uptimeMs: 3_600_000 },
    },
  },
  'intel-nuc': {
    origin: 'published',
    note: 'Intel NUC 12 Pro, Core i5-1240P (4P+8E, 16 threads), 16 GB DDR4-3200 in two channels (51 GB/s), Iris Xe.',
    readings: {
      essentials: { platform: 'linux', arch: 'x64', cores: 16, totalBytes: 16.5e9, freeBytes: 12e9 },
      hostname: 'nuc',
      os: { distribution: 'Ubuntu', release: '24.04', kernel: '6.8.0-45-generic' },
      machine: { vendor: 'Intel(R) Client Systems', model: 'NUC12WSHi5' },
      cpu: {
        model: '12th Gen Intel(R) Core(TM) i5-1240P',
        maxMhz: 4400,
        instructionSets: [
          'ssse3',
          'fma',
          'sse4_2',
          'aes',
          'avx',
          'f16c',
          'avx2',
          'bmi2',
          'sha_ni',
          'avx_vnni',
        ],
      },
      affinity: 16,
      controlGroups: {},
      memory: { physicalBytes: 16.5e9, availableBytes: 14e9, swapTotalBytes: 4 * GIB },
      bandwidth: 34e9,
      gpus: [{ name: 'Intel Corporation Iris Xe Graphics', backend: 'vulkan', unified: true }],
      disk: { totalBytes: 500e9, freeBytes: 420e9, path: '/var/lib/flotilla' },
      temperature: 45,
      boot: { bootId: '00000000-0000-4000-8000-0000000000a3', uptimeMs: 864_000_000 },
    },
  },
  'nvidia-pc': {
    origin: 'published',
    note: 'Desktop PC: Ryzen 7 5800X, 32 GB DDR4-3600 (57 GB/s), GeForce RTX 3060 12 GB.',
    readings: {
      essentials: { platform: 'linux', arch: 'x64', cores: 16, totalBytes: 33.6e9, freeBytes: 26e9 },
      hostname: 'workshop',
      os: { distribution: 'Debian GNU/Linux', release: '12', kernel: '6.1.0-25-amd64' },
      machine: { vendor: 'ASUS', model: 'System Product Name' },
      cpu: {
        model: 'AMD Ryzen 7 5800X 8-Core Processor',
        maxMhz: 4850,
        instructionSets: ['ssse3', 'fma', 'sse4_2', 'aes', 'avx', 'f16c', 'avx2', 'bmi2', 'sha_ni'],
      },
      affinity: 16,
      controlGroups: {},
      memory: { physicalBytes: 33.6e9, availableBytes: 29e9, swapTotalBytes: 1e9 },
      bandwidth: 38e9,
      gpus: [
        {
          name: 'NVIDIA GeForce RTX 3060',
          backend: 'cuda',
          memoryTotalBytes: 12 * GIB,
          memoryFreeBytes: 11.5 * GIB,
        },
      ],
      disk: { totalBytes: 1e12, freeBytes: 640e9, path: '/var/lib/flotilla' },
      power: { source: 'mains' },
      temperature: 41,
      boot: { bootId: '00000000-0000-4000-8000-0000000000a4', uptimeMs: 43_200_000 },
    },
  },
  macbook: {
    origin: 'published',
    note: 'MacBook Pro 14, M3 Pro (11 cores), 18 GB unified memory (150 GB/s), on battery.',
    readings: {
      essentials: { platform: 'darwin', arch: 'arm64', cores: 11, totalBytes: 18 * GIB, freeBytes: 2 * GIB },
      hostname: 'laptop.local',
      os: { distribution: 'macOS', release: '15.1', kernel: '24.1.0' },
      machine: { vendor: 'Apple Inc.', model: 'Mac15,6' },
      cpu: { model: 'Apple M3 Pro', maxMhz: 4050, instructionSets: [] },
      controlGroups: {},
      memory: { physicalBytes: 18 * GIB, availableBytes: 9e9, swapTotalBytes: 2 * GIB },
      bandwidth: 110e9,
      gpus: [{ name: 'Apple M3 Pro', backend: 'metal', memoryTotalBytes: 13.5e9, unified: true }],
      disk: { totalBytes: 494e9, freeBytes: 200e9, path: '/Users/ana/Library/Application Support/flotilla' },
      power: { source: 'battery', batteryShare: 0.76 },
      boot: { uptimeMs: 500_000_000 },
    },
  },
  container: {
    origin: 'published',
    note: 'A container with 1.5 cores and 2 GiB on a 64-core, 256 GB server: what it sees of the host is not what it may use.',
    readings: {
      essentials: { platform: 'linux', arch: 'x64', cores: 64, totalBytes: 256 * GIB, freeBytes: 200 * GIB },
      hostname: 'f3a91c',
      os: { distribution: 'Debian GNU/Linux', release: '12', kernel: '6.1.0-25-amd64' },
      cpu: {
        model: 'AMD EPYC 7543 32-Core Processor',
        instructionSets: ['fma', 'avx', 'f16c', 'avx2', 'bmi2'],
      },
      affinity: 64,
      controlGroups: { memoryLimitBytes: 2 * GIB, memoryUsedBytes: 300 * MIB, cpuQuota: 1.5 },
      memory: { physicalBytes: 256 * GIB, availableBytes: 210 * GIB, swapTotalBytes: 0 },
      bandwidth: 30e9,
      gpus: [],
      disk: { totalBytes: 100e9, freeBytes: 40e9, path: '/data' },
      boot: { bootId: '00000000-0000-4000-8000-0000000000a6', uptimeMs: 7_200_000 },
    },
  },
} as const satisfies Record<string, DeviceFixture>;

export type DeviceFixtureName = keyof typeof DEVICE_FIXTURES;

/** Probes that answer what a fixture says. `failing` ones reject with their name, `hanging` ones never answer. */
export function probesOf(
  readings: Readings,
  {
    failing = [],
    hanging = [],
  }: {
    failing?: readonly (keyof Omit<Readings, 'essentials'>)[];
    hanging?: readonly (keyof Omit<Readings, 'essentials'>)[];
  } = {},
): HardwareProbes {
  const answer = <Name extends keyof Omit<Readings, 'essentials'>, Value>(
    name: Name,
    none: Value,
  ): (() => Promise<NonNullable<Readings[Name]> | Value>) => {
    if (hanging.includes(name)) return () => new Promise(() => undefined);
    if (failing.includes(name)) return async () => Promise.reject(new TypeError(`${name} failed`));
    return async () => readings[name] ?? none;
  };
  return {
    essentials: () => readings.essentials,
    hostname: answer('hostname', undefined),
    os: answer('os', {}),
    machine: answer('machine', undefined),
    cpu: answer('cpu', { instructionSets: [] }),
    affinity: answer('affinity', undefined),
    controlGroups: answer('controlGroups', {}),
    memory: answer('memory', {
      physicalBytes: readings.essentials.totalBytes,
      availableBytes: readings.essentials.freeBytes,
    }),
    bandwidth: answer('bandwidth', 0),
    gpus: answer('gpus', []),
    disk: answer('disk', undefined),
    power: answer('power', undefined),
    temperature: answer('temperature', undefined),
    boot: answer('boot', { uptimeMs: 0 }),
  };
}
