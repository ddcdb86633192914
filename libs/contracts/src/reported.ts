import { z } from 'zod';
import { AgentInfo, DeviceFacts } from './device.ts';
import { Problem } from './errors.ts';
import { LIMITS } from './limits.ts';
import { openEnum } from './open-enum.ts';
import { Bytes, CatalogueName, Count, DeviceId, SaidText, ServiceName, Sha256, TimeMs } from './scalars.ts';

/** Where a change stands, in the order of design.md §5. */
export const PHASES = [
  'resolving',
  'admitting',
  'fetching',
  'verifying',
  'loading',
  'checking',
  'switching',
  'draining',
  'committing',
  'rolling-back',
] as const;
export const Phase = openEnum(PHASES).meta({ id: 'Phase' });
export type Phase = z.infer<typeof Phase>;

/**
 * What the device says of one service.
 * `absent` nothing serves · `changing` a change is under way (see `phase`) · `serving` the desired release serves ·
 * `sleeping` the same, unloaded to make room for another service until a request wakes it ·
 * `blocked` cannot go on until something changes (see `problem`) · `failed` the desired release failed here and the last good one, if any, serves.
 */
export const SERVICE_STATES = ['absent', 'changing', 'serving', 'sleeping', 'blocked', 'failed'] as const;
export const ServiceState = openEnum(SERVICE_STATES).meta({ id: 'ServiceState' });
export type ServiceState = z.infer<typeof ServiceState>;

/** Steps down that a device takes when an engine keeps ending, in their order. */
export const DEGRADE_RUNGS = [
  'fewer-sequences',
  'shorter-context',
  'fewer-gpu-layers',
  'cpu',
  'smaller-variant',
  'last-good-release',
] as const;
export const Degradation = z
  .object({
    rung: openEnum(DEGRADE_RUNGS),
    reason: SaidText(512).describe('What changed and why, such as `4 to 2 parallel requests: ...`.'),
    at: TimeMs,
  })
  .meta({ id: 'Degradation' });
export type Degradation = z.infer<typeof Degradation>;

/** Memory a candidate needs at a configuration, in bytes. */
export const MemoryNeed = z.object({
  weightsBytes: Bytes,
  contextBytes: Bytes.describe('KV cache, compute and logits buffers.'),
  totalBytes: Bytes,
});
export type MemoryNeed = z.infer<typeof MemoryNeed>;

/** One candidate judged on the device. */
export const CandidateVerdict = z.object({
  variant: CatalogueName,
  digest: Sha256,
  verdict: openEnum(['chosen', 'rejected', 'not-tried']),
  reason: SaidText(512).describe(
    'One sentence with the numbers, such as `needs 812 MB, 640 MB may be used`.',
  ),
  constraint: openEnum([
    'memory',
    'disk',
    'speed',
    'context',
    'architecture',
    'failed-before',
    'none',
  ]).optional(),
  need: MemoryNeed.optional(),
  allowedBytes: Bytes.optional(),
  contextTokens: Count.optional(),
  sequences: Count.optional(),
  predictedTokensPerSecond: z.number().min(0).optional(),
});
export type CandidateVerdict = z.infer<typeof CandidateVerdict>;

/** Which candidate serves on this device, and why each other one does not. */
export const Resolution = z
  .object({
    at: TimeMs,
    release: Sha256,
    chosen: CatalogueName.optional(),
    candidates: z.array(CandidateVerdict).max(LIMITS.candidatesPerRelease),
  })
  .meta({ id: 'Resolution' });
export type Resolution = z.infer<typeof Resolution>;

export const ReportedService = z
  .object({
    service: ServiceName,
    state: ServiceState,
    phase: Phase.optional(),
    release: Sha256.optional().describe('The release that serves now.'),
    revision: z.int().min(1).optional(),
    target: Sha256.optional().describe('The release being changed to, or blocked, or failed.'),
    targetRevision: z.int().min(1).optional(),
    variant: z.object({ digest: Sha256, name: CatalogueName, quantization: SaidText(32) }).optional(),
    adapter: z
      .object({ digest: Sha256, name: CatalogueName, scale: z.number() })
      .optional()
      .describe('What the variant was loaded with; absent: the model as it is.'),
    resolution: Resolution.optional(),
    progress: z
      .object({ doneBytes: Bytes, totalBytes: Bytes, bytesPerSecond: z.number().min(0).optional() })
      .optional(),
    problem: Problem.optional(),
    engine: z
      .object({
        contextTokens: Count,
        sequences: Count,
        threads: Count.optional(),
        gpu: SaidText(32).optional(),
        estimatedBytes: Bytes.optional(),
        actualBytes: Bytes.optional().describe('Resident memory of the engine process.'),
        tokensPerSecond: z.number().min(0).optional().describe('Measured decode speed of one stream.'),
        restarts: Count.optional(),
      })
      .optional(),
    degraded: z
      .array(Degradation)
      .max(16)
      .optional()
      .describe('The steps down the service runs with, first to last; absent while it runs as promised.'),
    since: TimeMs.optional().describe('When this state began.'),
  })
  .meta({ id: 'ReportedService' });
export type ReportedService = z.infer<typeof ReportedService>;

/** Whether apps get answers from the release a service names: at once, or after its model was woken. */
export function isServing({ state }: Pick<ReportedService, 'state'>): boolean {
  return state === 'serving' || state === 'sleeping';
}

/** Scheme, host and port alone: people copy it into a shell, and a device must not be able to say what runs there. */
export const BoxUrl = z
  .url()
  .max(512)
  .regex(/^https?:\/\/[\w.:[\]-]+$/, 'must be http(s)://host:port');
export type BoxUrl = z.infer<typeof BoxUrl>;

/** The document the device says is true. */
export const Reported = z
  .object({
    v: z.literal(1),
    deviceId: DeviceId,
    generation: z.int().min(0).describe('The desired generation it answers; 0 before any.'),
    at: TimeMs,
    agent: AgentInfo,
    facts: DeviceFacts,
    services: z.array(ReportedService).max(LIMITS.servicesPerDevice),
    failedReleases: z
      .array(z.object({ release: Sha256, code: SaidText(64), at: TimeMs }))
      .max(64)
      .default([])
      .describe('Not tried again on this box.'),
    boxUrl: BoxUrl.optional().describe(
      "The box's own API as apps on the box reach it, such as `http://127.0.0.1:7080`.",
    ),
    store: z.object({ usedBytes: Bytes, blobs: Count }).optional(),
    counters: z
      .object({
        desiredIgnored: Count.default(0).describe(
          'Stale, replayed, foreign or badly signed desired documents.',
        ),
        messagesRefused: Count.default(0),
      })
      .default({ desiredIgnored: 0, messagesRefused: 0 }),
  })
  .meta({ id: 'Reported' });
export type Reported = z.infer<typeof Reported>;
