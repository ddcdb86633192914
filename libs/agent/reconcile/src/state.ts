import {
  Bytes,
  CandidateAdapter,
  CatalogueName,
  MemoryNeed,
  Problem,
  Resolution,
  ServiceName,
  Sha256,
  TimeMs,
  type Candidate,
  type Desired,
  type Release,
} from '@flotilla/contracts';
import { z } from 'zod';

/** One candidate with everything that is fixed before it is loaded. */
export const Placement = z.object({
  variant: CatalogueName,
  digest: Sha256,
  manifestDigest: Sha256,
  bytes: Bytes,
  quantization: z.string().max(32),
  contextTokens: z.int().min(1),
  sequences: z.int().min(1),
  batchTokens: z.int().min(1),
  kvType: z.enum(['f16', 'q8_0']),
  adapter: CandidateAdapter.optional(),
  need: MemoryNeed,
  predictedTokensPerSecond: z.number().min(0).optional(),
});
export type Placement = z.infer<typeof Placement>;

/** A file that must lie on the disk, verified, before a candidate or a placement can be loaded. */
export interface ModelFile {
  name: string;
  digest: Sha256;
  manifestDigest: Sha256;
  bytes: number;
}

/** The model, and the adapter it is loaded with. */
export function filesOf({
  variant,
  digest,
  manifestDigest,
  bytes,
  adapter,
}: Pick<Candidate, 'variant' | 'digest' | 'manifestDigest' | 'bytes' | 'adapter'>): ModelFile[] {
  return [{ name: variant, digest, manifestDigest, bytes }, ...(adapter === undefined ? [] : [adapter])];
}

/** A release as it runs, or ran, on this box. */
export const ServiceRecord = z.object({
  service: ServiceName,
  release: Sha256,
  revision: z.int().min(1),
  placement: Placement,
  resolution: Resolution,
  limitsKey: z
    .string()
    .describe('The limits under which the placement was chosen: other ones ask for a new choice.'),
});
export type ServiceRecord = z.infer<typeof ServiceRecord>;

/** A release that must not run here; what it was that went wrong. */
export const FailedRelease = z.object({
  service: ServiceName,
  release: Sha256,
  revision: z.int().min(1),
  problem: Problem,
  at: TimeMs,
});
export type FailedRelease = z.infer<typeof FailedRelease>;

/** A variant whose engine kept ending on this box, down to the last rung; its release goes on with a smaller one. */
export const FailedVariant = z.object({
  service: ServiceName,
  release: Sha256,
  digest: Sha256,
  variant: CatalogueName,
  bytes: Bytes,
  problem: Problem,
  at: TimeMs,
});
export type FailedVariant = z.infer<typeof FailedVariant>;

/** `current.json`: what serves, one record per service. It is what a restart loads before anything else. */
export const CurrentDocument = z.object({ v: z.literal(1), services: z.array(ServiceRecord) });
export type CurrentDocument = z.infer<typeof CurrentDocument>;

/** `rollback.json`: the last good release before the current one, and those that failed. */
export const RollbackDocument = z.object({
  v: z.literal(1),
  services: z.array(ServiceRecord),
  failed: z.array(FailedRelease).max(64),
  failedVariants: z.array(FailedVariant).max(64).optional(),
});
export type RollbackDocument = z.infer<typeof RollbackDocument>;

/**
 * One loaded engine of a service.
 * `ready` loaded, no traffic · `serving` apps reach it · `draining` ends the requests it has · `broken` its process keeps ending.
 */
export interface Slot {
  record: ServiceRecord;
  stage: 'ready' | 'serving' | 'draining' | 'broken';
  /** Its golden prompts were answered rightly. */
  checked: boolean;
  /** It takes no memory now, to make room for another service; a request wakes it. */
  asleep?: boolean;
}

/** The answer of right-sizing to one release under the limits of now; without a placement nothing fits. */
export interface Choice {
  resolution: Resolution;
  /** What the other services took when it was made. */
  othersBytes: number;
  placement?: Placement;
  /** Why nothing fits. */
  problem?: Problem;
}

/** A file of the store: fetched in full or not, and whether its whole digest was checked. */
export interface StoredBlob {
  state: 'partial' | 'fetched' | 'verified';
  doneBytes: number;
}

/** What is true on the box, as read before every plan. */
export interface World {
  current: CurrentDocument;
  rollback: RollbackDocument;
  /** Releases on disk whose signature was verified. */
  releases: ReadonlyMap<Sha256, Release>;
  /** By release. */
  choices: ReadonlyMap<Sha256, Choice>;
  /** Of the files that a record or a known release names, by digest; what is missing is not on the disk. */
  blobs: ReadonlyMap<Sha256, StoredBlob>;
  slots: readonly Slot[];
  /** What the last garbage collection kept, as `garbageKey` tells it; undefined before the first. */
  collected: string | undefined;
  /** Service to release: the old engine was unloaded to make room for this one. Forgotten by a restart. */
  swaps: ReadonlyMap<ServiceName, Sha256>;
  /** Services whose last step failed in a way that may pass, and whose time to try again has not come. */
  retrying: ReadonlyMap<ServiceName, Problem>;
}

/** What the box allows. */
export interface Limits {
  capabilities: readonly string[];
  /** Memory that all services together may take. */
  memoryBytes: number;
  /** Memory that can be taken at this moment; undefined when it could not be read. */
  availableBytes?: number;
  /** Free disk of the data folder, less what is kept for the rest; undefined when it could not be read. */
  freeDiskBytes?: number;
  /** Changes when a placement should be chosen anew: policy, memory of the box. */
  key: string;
}

/** Two names for the same thing running in the same way. */
export function samePlacement(a: Placement, b: Placement): boolean {
  return (
    a.digest === b.digest &&
    a.contextTokens === b.contextTokens &&
    a.sequences === b.sequences &&
    a.batchTokens === b.batchTokens &&
    a.kvType === b.kvType &&
    a.adapter?.digest === b.adapter?.digest &&
    a.adapter?.scale === b.adapter?.scale
  );
}

export function sameRun(a: ServiceRecord, b: ServiceRecord): boolean {
  return a.release === b.release && samePlacement(a.placement, b.placement);
}

export function recordOf(
  document: { services: readonly ServiceRecord[] },
  service: ServiceName,
): ServiceRecord | undefined {
  return document.services.find((record) => record.service === service);
}

export function failureOf(
  failed: readonly FailedRelease[],
  service: ServiceName,
  release: Sha256,
): FailedRelease | undefined {
  return failed.find((failure) => failure.service === service && failure.release === release);
}

/** Whether the variant of a record failed on this box while its release did not. */
export function variantFailed(
  { failedVariants = [] }: Pick<RollbackDocument, 'failedVariants'>,
  { release, digest }: { release: Sha256; digest: Sha256 },
): boolean {
  return failedVariants.some((failed) => failed.release === release && failed.digest === digest);
}

/**
 * The failures that still count: those of a release that is desired or recorded as current. Once the control plane
 * has moved a service to another release, naming the failed one again is a new intention.
 */
export function standingFailures<Failure extends Pick<FailedRelease, 'service' | 'release'>>({
  failed,
  desired,
  current,
}: {
  failed: readonly Failure[];
  desired: Desired;
  current: CurrentDocument;
}): Failure[] {
  return failed.filter(
    ({ service, release }) =>
      desired.services.some((entry) => entry.service === service && entry.release === release) ||
      recordOf(current, service)?.release === release,
  );
}
