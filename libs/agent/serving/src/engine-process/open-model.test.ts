import { InsufficientMemoryError, type Llama, type LlamaModel, type LlamaModelOptions } from 'node-llama-cpp';
import { describe, expect, it } from 'vitest';
import { openModel } from './open-model.ts';

const pooling = { architecture: 'llama', pooling: 'none', isCausal: true } as const;
const spec = {
  modelPath: 'model.gguf',
  modelDigest: 'ab12',
  contextTokens: 512,
  sequences: 4,
  batchTokens: 64,
  threads: 1,
  gpu: 'auto',
  kvCacheType: 'f16',
} as const;

/** A GPU whose memory takes the context beside so many layers at most; the library guesses that all 24 fit. */
function gpuWithRoomFor(layers: number, says = 'too large for the available VRAM') {
  const asked: (number | undefined)[] = [];
  let open = 0;
  const loadModel = async ({ gpuLayers }: LlamaModelOptions): Promise<LlamaModel> => {
    const most = typeof gpuLayers === 'object' ? gpuLayers.max : undefined;
    asked.push(most);
    open += 1;
    const taken = Math.min(24, most ?? Infinity);
    return {
      gpuLayers: taken,
      createContext: async () => {
        if (taken > layers) throw new InsufficientMemoryError(says);
        return { of: taken };
      },
      dispose: async () => void (open -= 1),
    } as unknown as LlamaModel;
  };
  return { llama: { loadModel } as unknown as Pick<Llama, 'loadModel'>, asked, open: () => open };
}

const opening = { spec, pooling, mostThreads: 1, onProgress: () => undefined };

describe('openModel', () => {
  it.each([
    [24, [undefined], 24],
    [7, [undefined, 12, 6], 6],
    [0, [undefined, 12, 6, 3, 1, 0], 0],
  ])('takes half the layers until the context fits: room for %i', async (room, expected, layers) => {
    const gpu = gpuWithRoomFor(room);
    const { model } = await openModel(gpu.llama, opening);
    expect(gpu.asked).toEqual(expected);
    expect(model.gpuLayers).toBe(layers);
    expect(gpu.open()).toBe(1);
  });

  it('gives up where no layer is left to take off', async () => {
    const gpu = gpuWithRoomFor(-1);
    await expect(openModel(gpu.llama, opening)).rejects.toThrow('available VRAM');
  });

  it('takes no layer off where the memory of the machine is short', async () => {
    const gpu = gpuWithRoomFor(7, 'too large for the available RAM');
    await expect(openModel(gpu.llama, opening)).rejects.toThrow('available RAM');
    expect(gpu.asked).toHaveLength(1);
  });

  it('begins with no more layers than the spec allows', async () => {
    const gpu = gpuWithRoomFor(24);
    await openModel(gpu.llama, { ...opening, spec: { ...spec, gpuLayers: 5 } });
    expect(gpu.asked).toEqual([5]);
  });
});
