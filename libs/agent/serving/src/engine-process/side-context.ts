import { FlotillaError } from '@flotilla/contracts';
import type { OneAtATime } from '@flotilla/kernel';
import type { LlamaModel } from 'node-llama-cpp';
import type { EngineSpec } from '../engine.ts';

/** A context beside the one that serves: opened when it is first used, and given back when its memory is asked for. */
export interface SideContext<Opened> {
  /** Throws `did-not-fit`. */
  open(): Promise<Opened>;
  /** What it takes once it is open, as estimated. Throws `did-not-fit`, with both numbers, where the spec allows less. */
  bytes(): Promise<number>;
  /** Resolves to false, and nothing happens, where it is in use. */
  close(): Promise<boolean>;
}

export interface SideContextOptions<Opened> {
  model: LlamaModel;
  spec: EngineSpec;
  /** Waits until nothing else of this engine computes. */
  compute: OneAtATime;
  contextSize: number;
  batchSize: number;
  /** It gives a result for every token, not for the last one of each prompt. */
  isEmbedding?: boolean;
  create: () => Promise<Opened>;
  dispose: (opened: Opened) => Promise<void>;
  isBusy: () => boolean;
}

export function createSideContext<Opened>({
  model,
  spec,
  compute,
  contextSize,
  batchSize,
  isEmbedding = false,
  create,
  dispose,
  isBusy,
}: SideContextOptions<Opened>): SideContext<Opened> {
  let opening: Promise<Opened> | undefined;
  let opened: Opened | undefined;

  async function bytes(): Promise<number> {
    const { cpuRam } = await model.fileInsights.estimateContextResourceRequirementsV2({
      contextSize,
      batchSize,
      sequences: 1,
      modelGpuLayers: model.gpuLayers,
      ...(isEmbedding ? { isEmbeddingContext: true } : {}),
    });
    // The estimate knows one of the two copies of the logits that llama.cpp holds where every token has a result.
    const secondCopy = isEmbedding ? batchSize * model.fileInfo.metadata.tokenizer.ggml.tokens.length * 4 : 0;
    const needBytes = cpuRam + secondCopy;
    const limit = spec.sideLimitBytes ?? spec.memoryLimitBytes ?? Infinity;
    const expected = process.memoryUsage().rss + needBytes;
    if (opened === undefined && expected > limit)
      throw didNotFit(`it would take the engine to ${expected} bytes; ${limit} are allowed`);
    return needBytes;
  }

  async function openNow(): Promise<Opened> {
    await bytes();
    try {
      opened = await compute(create);
      return opened;
    } catch (cause) {
      throw didNotFit(cause instanceof Error ? cause.message : String(cause), cause);
    }
  }

  return {
    async open() {
      opening ??= openNow();
      try {
        return await opening;
      } catch (error) {
        opening = undefined;
        throw error;
      }
    },
    bytes,
    async close() {
      if (opening === undefined) return true;
      if (opened === undefined || isBusy()) return false;
      const closing = opened;
      opening = opened = undefined;
      await dispose(closing);
      return true;
    },
  };
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
