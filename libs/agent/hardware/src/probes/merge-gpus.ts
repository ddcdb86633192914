import type { GpuFacts } from '@flotilla/contracts';

/** A graphics controller as the system lists it. */
export interface ListedGpu {
  vendor?: string;
  model?: string;
  /** Bytes of its own memory; absent or 0 where it has none. */
  memoryTotalBytes?: number;
  memoryFreeBytes?: number;
  /** It takes its memory from the machine's. */
  shared?: boolean;
}

/** A GPU that the engine can compute on. */
export interface EngineGpu {
  name: string;
  backend: string;
  memoryTotalBytes?: number;
  memoryFreeBytes?: number;
}

/** Adapters of virtual screens and management controllers: nothing computes there. */
const NOT_A_GPU = /\b(qxl|bochs|cirrus|virtio|vmware|vbox|hyper-v|basic (display|render)|aspeed|matrox)\b/i;

/**
 * One list of what the system has and what the engine can use. A GPU that the engine cannot use stays in the list with
 * backend `none`: an operator who bought it will ask.
 */
export function mergeGpus({
  listed,
  usable,
}: {
  listed: readonly ListedGpu[];
  usable: readonly EngineGpu[];
}): GpuFacts[] {
  const left = listed.filter(({ model, vendor }) => !NOT_A_GPU.test(`${vendor ?? ''} ${model ?? ''}`));
  const merged: GpuFacts[] = [];
  for (const gpu of usable) {
    const at = left.findIndex((one) => isSame(one, gpu));
    const match = at === -1 ? undefined : left.splice(at, 1)[0];
    merged.push({
      name: gpu.name.slice(0, 256),
      backend: backendOf(gpu.backend),
      memoryTotalBytes: gpu.memoryTotalBytes ?? match?.memoryTotalBytes,
      memoryFreeBytes: gpu.memoryFreeBytes ?? match?.memoryFreeBytes,
      unified: match?.shared ?? (gpu.backend === 'metal' ? true : undefined),
    });
  }
  for (const { vendor, model, memoryTotalBytes, memoryFreeBytes, shared } of left) {
    const name = nameOf(vendor, model);
    if (name === '') continue;
    merged.push({ name, backend: 'none', memoryTotalBytes, memoryFreeBytes, unified: shared });
  }
  return merged.slice(0, 16);
}

function nameOf(vendor = '', model = ''): string {
  return (model.startsWith(vendor) ? model : `${vendor} ${model}`).trim().slice(0, 256);
}

/** The two sides name the same card differently: every word of two letters or more of the shorter one must be in the other. */
function isSame({ vendor, model = '' }: ListedGpu, { name }: EngineGpu): boolean {
  const words = (text: string): string[] => text.toLowerCase().match(/[a-z0-9]{2,}/g) ?? [];
  const [one, other] = [words(model), words(name)];
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  return short.length > 0 && short.every((word) => long.includes(word) || word === vendor?.toLowerCase());
}

function backendOf(backend: string): GpuFacts['backend'] {
  return backend === 'cuda' || backend === 'vulkan' || backend === 'metal' ? backend : 'unknown';
}
