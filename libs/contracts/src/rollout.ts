import { z } from 'zod';
import { Problem } from './errors.ts';
import { MemoryNeed } from './reported.ts';
import {
  Bytes,
  CatalogueName,
  Count,
  DeviceId,
  DurationMs,
  Id,
  ServiceName,
  Sha256,
  Share,
  TimeMs,
} from './scalars.ts';

export const ROLLOUT_STATES = [
  'draft',
  'awaiting-approval',
  'running',
  'paused',
  'completed',
  'rolled-back',
  'cancelled',
] as const;
export const RolloutState = z.enum(ROLLOUT_STATES).meta({ id: 'RolloutState' });
export type RolloutState = z.infer<typeof RolloutState>;

export const BATCH_STATES = ['pending', 'running', 'soaking', 'passed', 'failed'] as const;
export const BatchState = z.enum(BATCH_STATES).meta({ id: 'BatchState' });
export type BatchState = z.infer<typeof BatchState>;

/** Why a device did not take a release. */
export const FAILURE_CLASSES = ['did-not-fit', 'download', 'verify', 'quality', 'crash', 'timeout'] as const;
export const FailureClass = z.enum(FAILURE_CLASSES).meta({ id: 'FailureClass' });
export type FailureClass = z.infer<typeof FailureClass>;

/** What a batch must show before the next opens. Shares are exact: devices done x 1 over devices in the batch. */
export const Gate = z
  .object({
    successShare: Share.default(1).describe('Part of the batch that must succeed.'),
    minimumSample: Count.default(1).describe('Devices that must have ended before the share counts.'),
    soakMs: DurationMs.default(0).describe('How long a batch must stay good after its last device.'),
    deviceTimeoutMs: DurationMs.default(3_600_000).describe(
      'A device silent for longer than this in a batch has failed: class timeout.',
    ),
    onFailure: z.enum(['pause', 'rollback']).default('pause'),
  })
  .meta({ id: 'Gate' });
export type Gate = z.infer<typeof Gate>;

export const BatchSpec = z.union([
  z.strictObject({ count: z.int().min(1) }),
  z.strictObject({ percent: z.number().gt(0).max(100) }),
]);
export type BatchSpec = z.infer<typeof BatchSpec>;

/** Where one device of a rollout stands. */
export const DeviceProgress = z.object({
  deviceId: DeviceId,
  deviceName: z.string().max(253).optional().describe('What people call it now.'),
  batch: z.int().min(0),
  state: z.enum(['waiting', 'updating', 'succeeded', 'failed']),
  phase: z.string().max(32).optional(),
  doneBytes: Bytes.optional(),
  totalBytes: Bytes.optional(),
  variant: CatalogueName.optional(),
  failure: FailureClass.optional(),
  problem: Problem.optional(),
  updatedAt: TimeMs.optional(),
});
export type DeviceProgress = z.infer<typeof DeviceProgress>;

export const Batch = z.object({
  index: z.int().min(0),
  state: BatchState,
  devices: Count,
  succeeded: Count,
  failed: Count,
  openedAt: TimeMs.optional(),
  closedAt: TimeMs.optional(),
});
export type Batch = z.infer<typeof Batch>;

export const Rollout = z
  .object({
    id: Id,
    service: ServiceName,
    release: Sha256,
    revision: z.int().min(1),
    selector: z.string().max(1_024),
    state: RolloutState,
    gate: Gate,
    batches: z.array(Batch),
    createdAt: TimeMs,
    createdBy: z.string().max(128),
    startedAt: TimeMs.optional(),
    endedAt: TimeMs.optional(),
    why: z.string().max(2_000).optional().describe('The sentence of the last decision.'),
  })
  .meta({ id: 'Rollout' });
export type Rollout = z.infer<typeof Rollout>;

/** One appended decision with its inputs: `why` answers from these. */
export const RolloutDecision = z
  .object({
    at: TimeMs,
    decision: z.string().max(64),
    why: z.string().max(2_000),
    inputs: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'RolloutDecision' });
export type RolloutDecision = z.infer<typeof RolloutDecision>;

/** One device in the dry run of a release: its variant with predictions, or the constraint that stops it. */
export const PlanLine = z
  .object({
    deviceId: DeviceId,
    device: z.string().max(253),
    fits: z.boolean(),
    variant: CatalogueName.optional(),
    quantization: z.string().max(32).optional(),
    need: MemoryNeed.optional(),
    allowedBytes: Bytes.optional(),
    predictedTokensPerSecond: z.number().min(0).optional(),
    downloadBytes: Bytes.optional(),
    change: z
      .enum(['beside', 'swap', 'none'])
      .optional()
      .describe('beside: old and new fit together, no dark time · swap: they do not'),
    problem: Problem.optional().describe('The binding constraint, when it does not fit.'),
  })
  .meta({ id: 'PlanLine' });
export type PlanLine = z.infer<typeof PlanLine>;
