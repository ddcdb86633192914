import type { Deployment } from '@flotilla/agent-serving';
import { ModelParameters, modelDefaults, type OwnModel } from '@flotilla/agent-ollama';
import { Bytes, GgufFacts, Sha256, TimeMs } from '@flotilla/contracts';
import { z } from 'zod';

/** A model that was made on this box: a file, and what is said of it. */
export const LocalModel = z.object({
  name: z.string().min(1).max(128).describe('As apps call it: without `:latest`, with any other tag.'),
  digest: Sha256.describe('Of its GGUF, among the uploaded blobs.'),
  bytes: Bytes,
  madeAt: TimeMs,
  facts: GgufFacts,
  capabilities: z.array(z.string()),
  configuration: z.object({
    contextTokens: z.int().min(64),
    sequences: z.int().min(1),
    batchTokens: z.int().min(8),
    kvType: z.enum(['f16', 'q8_0']),
  }),
  needBytes: Bytes.describe('Memory it takes once loaded, as simulated.'),
  roomBytes: Bytes.describe('Memory it could have taken when it was made: no side context goes beyond it.'),
  system: z.string().optional(),
  license: z.string().optional(),
  parameters: ModelParameters,
});
export type LocalModel = z.infer<typeof LocalModel>;

/** How the engine opens it. */
export function deploymentOf(
  model: LocalModel,
  { id, path, threads, gpu }: { id: string; path: string; threads: number; gpu: 'auto' | 'off' },
): Deployment {
  const { contextTokens, sequences, batchTokens, kvType } = model.configuration;
  const { sampling, stop, maxTokens } = modelDefaults(model.parameters);
  return {
    id,
    service: model.name,
    variant: model.name,
    variantDigest: model.digest,
    isLocal: true,
    needBytes: model.needBytes,
    spec: {
      modelPath: path,
      modelDigest: model.digest,
      contextTokens,
      sequences,
      batchTokens,
      kvCacheType: kvType,
      threads,
      threadsLimit: threads,
      gpu,
      sideLimitBytes: Math.max(model.needBytes, model.roomBytes),
    },
    defaults: {
      sampling,
      stop,
      ...(maxTokens === undefined ? {} : { maxTokens }),
      ...(model.system === undefined ? {} : { systemPrompt: model.system }),
    },
  };
}

/** What Ollama's clients are told of it. */
export function ownModelOf({
  bytes,
  facts,
  capabilities,
  system,
  license,
  parameters,
}: LocalModel): OwnModel {
  return {
    bytes,
    architecture: facts.architecture,
    quantization: facts.quantization,
    ...(facts.parameters === undefined ? {} : { parameterCount: facts.parameters }),
    ...(system === undefined ? {} : { system }),
    ...(license === undefined ? {} : { license }),
    parameters,
    capabilities,
  };
}
