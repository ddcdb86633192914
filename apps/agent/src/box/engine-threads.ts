import type { Measurements } from '@flotilla/agent-models';
import type { ServiceRecord } from '@flotilla/agent-reconcile';
import { tuneThreads, type ThreadTuning } from '@flotilla/agent-serving';

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
 * Where measuring fails, with the GPU and without, the whole cores it may use.
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
    const measure = async (where: 'auto' | 'off'): Promise<ThreadTuning | undefined> => {
      try {
        return await tuneThreads({ modelPath, gpu: where, usableCores: cores, signal });
      } catch {
        signal.throwIfAborted();
        return undefined;
      }
    };
    const measured = await measure(gpu);
    if (measured === undefined) {
      // A GPU that cannot compute is left by the ladder: so the model will run until it can, and this is not kept.
      const without = gpu === 'auto' ? await measure('off') : undefined;
      // A model that cannot even be measured fails at its load, with a reason.
      return without?.best ?? Math.max(1, Math.floor(cores));
    }
    const { best, table } = measured;
    const tokensPerSecond = table.find(({ threads }) => threads === best)?.tokensPerSecond;
    const row = { ...key, threads: best, ...(tokensPerSecond === undefined ? {} : { tokensPerSecond }) };
    await measurements.record(row).catch(() => undefined); // measured once more at the next load
    onMeasured?.({ variant: placement.variant, threads: best, tokensPerSecond });
    return best;
  };
}
