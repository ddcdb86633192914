import {
  resolveVariant,
  type GatewayClient,
  type InspectModel,
  type Measurements,
  type ModelStore,
  type ResolveVariant,
} from '@flotilla/agent-models';
import { filesOf, type FailedVariant, type Placement, type VariantResolver } from '@flotilla/agent-reconcile';
import {
  FlotillaError,
  type Candidate,
  type CandidateVerdict,
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
    async resolve({ release, digest, othersBytes, ownBytes, shared, failed = [] }, { signal }) {
      const [rest, failedHere] = await withoutFailed({ release, failed, store });
      const choose = async (room: { othersBytes: number; ownBytes: number }) => {
        const chosen = await resolve({
          release: rest,
          releaseDigest: digest,
          facts: await facts(),
          policy: await policy(),
          otherServicesBytes: room.othersBytes,
          replacedBytes: room.ownBytes,
          client: gateway(),
          store,
          inspect,
          measurements,
          clock,
          signal,
        });
        const candidates = [...failedHere, ...chosen.resolution.candidates];
        return { ...chosen, resolution: { ...chosen.resolution, candidates } };
      };
      const beside = await choose({ othersBytes, ownBytes });
      // Nothing fits beside the others: one of them sleeps while this one is awake.
      const { resolution, choice } = beside.choice || !shared ? beside : await choose(shared);
      if (!choice) {
        refuseWhenDiskIsFull(release, resolution);
        return { resolution, othersBytes, problem: nothingFits(release, resolution) };
      }
      return { resolution, othersBytes, placement: toPlacement(choice) };
    },
  };
}

/** The release without the variants that failed here: what is left is smaller than those, and on the disk. */
async function withoutFailed({
  release,
  failed,
  store,
}: {
  release: Release;
  failed: readonly FailedVariant[];
  store: Pick<ModelStore, 'find'>;
}): Promise<[Release, CandidateVerdict[]]> {
  if (failed.length === 0) return [release, []];
  const least = Math.min(...failed.map(({ bytes }) => bytes));
  const candidates: Candidate[] = [];
  const verdicts: CandidateVerdict[] = [];
  for (const candidate of release.candidates) {
    const { variant, digest, bytes } = candidate;
    const before = failed.find((one) => one.digest === digest);
    const missing = bytes < least ? await missingFiles(candidate, store) : undefined;
    if (before === undefined && missing === 0) candidates.push(candidate);
    else {
      const reason =
        before === undefined
          ? 'is not tried in place of a variant that failed: it is larger, or not on the disk.'
          : before.problem.detail.slice(0, 512);
      verdicts.push({ variant, digest, verdict: 'rejected', constraint: 'failed-before', reason });
    }
  }
  return [{ ...release, candidates }, verdicts];
}

async function missingFiles(candidate: Candidate, store: Pick<ModelStore, 'find'>): Promise<number> {
  const paths = await Promise.all(filesOf(candidate).map(({ digest }) => store.find(digest)));
  return paths.filter((path) => path === undefined).length;
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
  const { variant, digest, manifestDigest, bytes, quantization, adapter } = candidate;
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
    ...(adapter === undefined ? {} : { adapter }),
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
