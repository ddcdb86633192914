import {
  resolveVariant,
  type GatewayClient,
  type InspectModel,
  type Measurements,
  type ModelStore,
  type ResolveVariant,
} from '@flotilla/agent-models';
import type { Placement, VariantResolver } from '@flotilla/agent-reconcile';
import {
  FlotillaError,
  type Candidate,
  type DeviceFacts,
  type DevicePolicy,
  type Problem,
  type Release,
  type Resolution,
} from '@flotilla/contracts';
import type { Clock } from '@flotilla/kernel';

export interface ResolverPortOptions {
  facts: () => Promise<DeviceFacts>;
  policy: () => Promise<DevicePolicy>;
  gateway: () => GatewayClient;
  store: ModelStore;
  inspect: InspectModel;
  measurements: Measurements;
  clock: Clock;
  resolve?: ResolveVariant;
}

/** Right-sizing on this box, as the loop sees it. */
export function createResolverPort(options: ResolverPortOptions): VariantResolver {
  const { facts, policy, gateway, resolve = resolveVariant, store, inspect, measurements, clock } = options;
  return {
    async resolve({ release, digest, othersBytes, ownBytes }, { signal }) {
      const { resolution, choice } = await resolve({
        release,
        releaseDigest: digest,
        facts: await facts(),
        policy: await policy(),
        otherServicesBytes: othersBytes,
        replacedBytes: ownBytes,
        client: gateway(),
        store,
        inspect,
        measurements,
        clock,
        signal,
      });
      if (!choice) {
        refuseWhenDiskIsFull(release, resolution);
        return { resolution, othersBytes, problem: nothingFits(release, resolution) };
      }
      return { resolution, othersBytes, placement: toPlacement(choice) };
    },
  };
}

function toPlacement({
  candidate,
  configuration,
  need,
  predictedTokensPerSecond,
}: {
  candidate: Candidate;
  configuration: Pick<Placement, 'contextTokens' | 'sequences' | 'batchTokens' | 'kvType'>;
  need: Placement['need'];
  predictedTokensPerSecond?: number;
}): Placement {
  const { variant, digest, manifestDigest, bytes, quantization } = candidate;
  const { contextTokens, sequences, batchTokens, kvType } = configuration;
  return {
    variant,
    digest,
    manifestDigest,
    bytes,
    quantization,
    contextTokens,
    sequences,
    batchTokens,
    kvType,
    need,
    ...(predictedTokensPerSecond === undefined ? {} : { predictedTokensPerSecond }),
  };
}

/** A full disk says nothing of the device: the choice is made again when there may be room. */
function refuseWhenDiskIsFull({ service }: Release, { candidates }: Resolution): void {
  const full = candidates.find(({ constraint }) => constraint === 'disk');
  if (!full) return;
  throw new FlotillaError('disk-full', full.reason, {
    details: { about: service, fix: 'Free disk space on the file system of the data folder.' },
  });
}

function nothingFits({ service, revision }: Release, { candidates }: Resolution): Problem {
  const why = candidates
    .filter(({ verdict }) => verdict === 'rejected')
    .map(({ variant, reason }) => `${variant} ${reason}`)
    .join(' ');
  return {
    code: 'did-not-fit',
    detail: `No candidate of ${service}@${revision} fits this device. ${why}`.slice(0, 2_000),
    about: service,
    fix: 'Add a smaller variant to the release, or raise the memory cap of the device.',
  };
}
