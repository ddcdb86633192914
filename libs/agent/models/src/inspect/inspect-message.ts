import { GgufFacts } from '@flotilla/contracts';
import { z } from 'zod';

const EngineConfiguration = z.object({
  contextTokens: z.number(),
  sequences: z.number(),
  batchTokens: z.number(),
  kvType: z.enum(['f16', 'q8_0']),
});

/** What the parent sends to the child, once. Without a path only the engine and its devices are looked at. */
export const InspectRequest = z.object({
  path: z.string().optional(),
  adapterPath: z.string().optional(),
  withinTraining: z.boolean().optional(),
  configurations: z.array(EngineConfiguration),
});
export type InspectRequest = z.infer<typeof InspectRequest>;

const EngineDevices = z.object({
  engineRelease: z.string(),
  gpuTypes: z.array(z.string()),
  gpus: z.array(
    z.object({
      name: z.string(),
      backend: z.string(),
      memoryTotalBytes: z.number().optional(),
      memoryFreeBytes: z.number().optional(),
    }),
  ),
});

/** What the child answers, once, before it ends. */
export const InspectAnswer = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('inspected'),
    devices: EngineDevices,
    /** Absent where no path was asked for. */
    model: z
      .object({
        facts: GgufFacts,
        bytes: z.number(),
        pooling: z.number().optional(),
        isArchitectureKnown: z.boolean(),
        /** What the adapter adds; nothing without one. */
        adapter: z.object({ weightsBytes: z.number(), bytesPerBatchToken: z.number() }),
      })
      .optional(),
    estimates: z.array(
      z.object({
        configuration: EngineConfiguration,
        weightsBytes: z.number().optional(),
        contextBytes: z.number().optional(),
        gpuBytes: z.number().optional(),
        /** Why there are no numbers. */
        unavailable: z.string().optional(),
      }),
    ),
  }),
  /** By the checks that come before the engine's own. */
  z.object({ kind: z.literal('refused'), message: z.string(), fix: z.string().optional() }),
  z.object({ kind: z.literal('failed'), reason: z.string() }),
]);
export type InspectAnswer = z.infer<typeof InspectAnswer>;
