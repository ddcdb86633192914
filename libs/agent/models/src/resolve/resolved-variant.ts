import type {
  Candidate,
  DeviceFacts,
  DevicePolicy,
  MemoryNeed,
  Release,
  Resolution,
} from '@flotilla/contracts';
import type { Clock } from '@flotilla/kernel';
import type { EngineConfiguration } from '@flotilla/sizing';

import type { GatewayClient } from '../gateway/gateway.ts';
import type { InspectModel } from '../inspect/inspection.ts';
import type { ModelStore } from '../store/model-store.ts';
import type { Measurements } from './measurements.ts';

/** The candidate to pull and how the engine is to open it. */
export interface ResolvedVariant {
  candidate: Candidate;
  configuration: EngineConfiguration;
  need: MemoryNeed;
  predictedTokensPerSecond?: number;
}

export interface ResolveVariantOptions {
  release: Release;
  /** Digest of the release, for the resolution. */
  releaseDigest: string;
  facts: DeviceFacts;
  policy: DevicePolicy;
  /** Memory of the other services on this box, in bytes. Default 0. */
  otherServicesBytes?: number;
  /** Memory that the engine now serving this very service gives back at the switch, in bytes. Default 0. */
  replacedBytes?: number;
  /** Variants that already failed here, by digest. */
  failedDigests?: readonly string[];
  client: GatewayClient;
  store: ModelStore;
  inspect: InspectModel;
  measurements: Measurements;
  clock: Clock;
  signal: AbortSignal;
}

export interface ResolveVariantResult {
  resolution: Resolution;
  /** Undefined when no candidate can serve here; the resolution says why for each. */
  choice?: ResolvedVariant;
}

export type ResolveVariant = (options: ResolveVariantOptions) => Promise<ResolveVariantResult>;
