import type { Measurements } from '@flotilla/agent-models';
import type { ServiceRecord } from '@flotilla/agent-reconcile';
import { tuneThreads } from '@flotilla/agent-serving';

export interface EngineThreadsOptions {
  measurements: Measurements;
  /** Release of the engine: another one is measured afresh. */
  engineRelease: () => Promise<string>;
  /** Cores this process may really use. */
  usableCores: () => Promise<number>;
  gpu: 'auto' | 'off';
  onMeasured?: (measured: { variant: string; threads: number; tokensPerSecond: number | undefined }) => void;
}

/**
 * The threads that measured fastest for a model on this box; measured for two seconds the first time and then kept.
 * Where measuring fails, the whole cores it may use.
 */
export function createEngineThreads({
  measurements,
  engineRelease,
  usableCores,
  gpu,
  onMeasured,
}: EngineThreadsOptions) {
  return async ({ placement }: ServiceRecord, modelPath: string, signal: AbortSignal): Promise<number> => {
    const { digest, contextTokens, sequences, batchTokens, kvType } = placement;
    const key = {
      digest,
      engineRelease: await engineRelease(),
      configuration: { contextTokens, sequences, batchTokens, kvType },
    };
    const known = (await measurements.find(key))?.threads;
    const cores = await usableCores();
    if (known !== undefined && known <= Math.max(1, Math.ceil(cores))) return known;
    try {
      const { best, table } = await tuneThreads({ modelPath, gpu, usableCores: cores, signal });
      const tokensPerSecond = table.find(({ threads }) => threads === best)?.tokensPerSecond;
      await measurements.record({
        ...key,
        threads: best,
        ...(tokensPerSecond === undefined ? {} : { tokensPerSecond }),
      });
      onMeasured?.({ variant: placement.variant, threads: best, tokensPerSecond });
      return best;
    } catch {
      signal.throwIfAborted();
      return Math.max(1, Math.floor(cores)); // a model that cannot even be measured fails at its load, with a reason
    }
  };
}
