import { askApart } from '../apart/ask-apart.ts';
import { line, type KernelFiles } from '../proc/read-text.ts';
import type { ListedGpu } from './merge-gpus.ts';

const MB = 1024 * 1024;

/** What the system lists as graphics controllers, by systeminformation; boards of NVIDIA list none and say so themselves. */
export async function listGpus({
  files,
  platform,
  arch,
  signal,
}: {
  files: KernelFiles;
  platform: string;
  arch: string;
  signal: AbortSignal;
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
  const controllers = await askApart({ ask: 'graphics' }, signal);
  return controllers.map(({ vendor, name, model, memoryTotal, memoryFree, vram, vramDynamic }) => {
    const megabytes = memoryTotal ?? vram ?? 0;
    return {
      vendor,
      model: name ?? model,
      ...(megabytes > 0 ? { memoryTotalBytes: megabytes * MB } : {}),
      ...(typeof memoryFree === 'number' ? { memoryFreeBytes: memoryFree * MB } : {}),
      shared: vramDynamic || (platform === 'darwin' && arch === 'arm64') ? true : undefined,
    };
  });
}
