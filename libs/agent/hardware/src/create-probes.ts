import { statfs } from 'node:fs/promises';
import { availableParallelism, cpus, freemem, hostname, totalmem } from 'node:os';

import { askApart } from './apart/ask-apart.ts';
import type { HardwareProbes } from './hardware-probes.ts';
import { linuxProbes } from './probes/linux-probes.ts';
import { listGpus } from './probes/list-gpus.ts';
import { mergeGpus, type EngineGpu } from './probes/merge-gpus.ts';
import { portableProbes } from './probes/portable-probes.ts';
import { kernelFiles } from './proc/read-text.ts';

export interface ProbeOptions {
  /** An existing folder: the disk that counts is the one that models go to. */
  dataFolder: string;
  /** The GPUs that the engine can use, asked in a process of its own; without it every GPU is listed as unusable. */
  engineGpus?: (signal: AbortSignal) => Promise<readonly EngineGpu[]>;
}

/** Asks the machine that this runs on. */
export function createProbes({ dataFolder, engineGpus }: ProbeOptions): HardwareProbes {
  const files = kernelFiles();
  const { platform, arch } = process;
  return {
    ...(platform === 'linux' ? linuxProbes(files) : portableProbes()),
    essentials: () => ({
      platform,
      arch,
      cores: Math.max(1, cpus().length),
      totalBytes: totalmem(),
      freeBytes: freemem(),
    }),
    hostname: async () => hostname(),
    // Node's number honours cgroup limits: a small container must not be killed for being measured.
    bandwidth: (signal) =>
      askApart(
        {
          ask: 'bandwidth',
          threads: availableParallelism(),
          availableBytes: process.availableMemory(),
        },
        signal,
      ),
    async gpus(signal) {
      const [listed, usable] = await Promise.all([
        listGpus({ files, platform, arch, signal }),
        engineGpus?.(signal) ?? [],
      ]);
      return mergeGpus({ listed, usable });
    },
    async disk() {
      const { blocks, bavail, bsize } = await statfs(dataFolder);
      return { totalBytes: blocks * bsize, freeBytes: bavail * bsize, path: dataFolder };
    },
  };
}
