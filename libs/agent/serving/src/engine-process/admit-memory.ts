import { FlotillaError } from '@flotilla/contracts';
import type { LlamaContextOptions, LlamaModel } from 'node-llama-cpp';
import type { EngineSpec } from '../engine.ts';

/**
 * Opens a context beside the one that serves, if its estimated memory stays under the spec's limit.
 * Throws `did-not-fit` with both numbers.
 */
export async function openSideContext(
  model: LlamaModel,
  spec: EngineSpec,
  options: LlamaContextOptions & { contextSize: number; batchSize: number; _embeddings?: boolean },
) {
  const { cpuRam } = await model.fileInsights.estimateContextResourceRequirementsV2({
    contextSize: options.contextSize,
    batchSize: options.batchSize,
    sequences: 1,
    modelGpuLayers: model.gpuLayers,
    ...(options._embeddings === true ? { isEmbeddingContext: true } : {}),
  });
  const expected = process.memoryUsage().rss + cpuRam;
  const limit = spec.sideLimitBytes ?? spec.memoryLimitBytes;
  if (limit !== undefined && expected > limit)
    throw didNotFit(`it would take the engine to ${expected} bytes; ${limit} are allowed`);
  try {
    return await model.createContext({ ...options, sequences: 1, failedCreationRemedy: false });
  } catch (cause) {
    throw didNotFit(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function didNotFit(reason: string, cause?: unknown): FlotillaError {
  return new FlotillaError(
    'did-not-fit',
    `A second context beside the one that serves does not fit: ${reason}.`,
    {
      cause,
      details: { fix: 'A release with fewer sequences or a shorter context.' },
    },
  );
}
