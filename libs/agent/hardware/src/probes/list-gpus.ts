import { line, type KernelFiles } from '../proc/read-text.ts';
import type { ListedGpu } from './merge-gpus.ts';

const MB = 1024 * 1024;

/** What the system lists as graphics controllers, by systeminformation; boards of NVIDIA list none and say so themselves. */
export async function listGpus({
  files,
  platform,
  arch,
}: {
  files: KernelFiles;
  platform: string;
  arch: string;
}): Promise<ListedGpu[]> {
  const compatible = await line(files, 'proc/device-tree/compatible');
  if (compatible?.includes('nvidia,tegra') === true) {
    return [
      {
        vendor: 'NVIDIA',
        model: `Tegra (${(await line(files, 'proc/device-tree/model')) ?? 'integrated'})`,
        shared: true,
      },
    ];
  }
  const { graphics } = await import('systeminformation');
  const { controllers } = await graphics();
  return controllers.map(({ vendor, name, model, memoryTotal, memoryFree, vram, vramDynamic }) => {
    const megabytes = memoryTotal ?? vram ?? 0;
    return {
      vendor,
      model: name ?? model,
      ...(megabytes > 0 ? { memoryTotalBytes: megabytes * MB } : {}),
      ...(memoryFree === undefined ? {} : { memoryFreeBytes: memoryFree * MB }),
      shared: vramDynamic || (platform === 'darwin' && arch === 'arm64') ? true : undefined,
    };
  });
}
