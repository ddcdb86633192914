import {
  InsufficientMemoryError,
  type Llama,
  type LlamaContext,
  type LlamaContextOptions,
  type LlamaModel,
} from 'node-llama-cpp';
import type { EngineSpec } from '../engine.ts';
import type { FilePooling } from './vectors/read-pooling.ts';

/** As ggml numbers it. */
const MEAN = 1;

/**
 * As many layers on the GPU as leave room for the whole context; without a GPU the library takes none. It guesses before it
 * loads, and where the context then does not fit beside them, half as many are tried, down to none.
 */
export async function openModel(
  llama: Pick<Llama, 'loadModel'>,
  options: {
    spec: EngineSpec;
    pooling: FilePooling;
    mostThreads: number;
    onProgress: (share: number) => void;
  },
): Promise<{ model: LlamaModel; context: LlamaContext }> {
  const { spec, pooling, mostThreads, onProgress } = options;
  let mostLayers = spec.gpuLayers;
  for (;;) {
    const model = await llama.loadModel({
      modelPath: spec.modelPath,
      gpuLayers: {
        ...(mostLayers === undefined ? {} : { max: mostLayers }),
        fitContext: { contextSize: spec.contextTokens * spec.sequences },
      },
      onLoadProgress: onProgress,
      // llama.cpp rearranges some quantizations for the processor: mapped, those weights are resident twice.
      useMmap: false,
      // Vectors of a model that was not trained for them are means; generation does not look at this.
      ...(pooling.pooling === 'none' && pooling.architecture !== ''
        ? { metadataOverrides: { [pooling.architecture]: { pooling_type: MEAN } } }
        : {}),
    });
    try {
      const context = await model.createContext({
        sequences: spec.sequences,
        contextSize: spec.contextTokens,
        batchSize: spec.batchTokens,
        threads: mostThreads,
        ...cacheOptions(spec),
        ...adapterOptions(spec),
      });
      return { model, context };
    } catch (error) {
      if (!isShortOfVram(error) || model.gpuLayers === 0) throw error;
      mostLayers = Math.floor(model.gpuLayers / 2);
      await model.dispose();
    }
  }
}

/** The library says the same of the machine's own memory, where fewer layers on the GPU only take more of it. */
function isShortOfVram(error: unknown): boolean {
  return error instanceof InsufficientMemoryError && error.message.includes('VRAM');
}

/** How a context of this spec keeps what it has read. */
export function cacheOptions(
  spec: EngineSpec,
): Pick<
  LlamaContextOptions,
  'experimentalKvCacheKeyType' | 'experimentalKvCacheValueType' | 'flashAttention'
> {
  if (spec.kvCacheType === 'f16') return {};
  // Values can be quantized only with flash attention, and the estimate assumes it.
  return {
    experimentalKvCacheKeyType: 'Q8_0',
    experimentalKvCacheValueType: 'Q8_0',
    flashAttention: true,
  };
}

/** How a context of this spec applies its adapter. */
export function adapterOptions({ adapter }: EngineSpec): Pick<LlamaContextOptions, 'lora'> {
  if (adapter === undefined) return {};
  return { lora: { adapters: [{ filePath: adapter.path, scale: adapter.scale }] } };
}
