import { isFlotillaError, type Candidate, type FlotillaError } from '@flotilla/contracts';
import {
  allowedMemory,
  bytesPerToken,
  chooseCandidate,
  configurationLadder,
  correctNeed,
  estimateMemory,
  predictSpeed,
  sameConfiguration,
  type AllowedMemory,
  type Assessment,
  type Choice,
  type ConfiguredNeed,
  type SeenMemory,
  type SpeedPrediction,
} from '@flotilla/sizing';

import { inspectPatiently } from '../inspect/inspect-patiently.ts';
import type { Inspection } from '../inspect/inspection.ts';
import { pullHeader } from '../pull.ts';
import type { Measurement } from './measurements.ts';
import type { ResolveVariantOptions, ResolveVariantResult } from './resolved-variant.ts';

/**
 * Chooses the variant that serves a release on this device: its candidates in order, each judged by the engine's own
 * simulation on its header alone, so that nothing that does not fit is ever downloaded.
 *
 * Throws only for what is nobody's verdict on a candidate: the gateway is away, the signal aborted.
 */
export async function resolveVariant(options: ResolveVariantOptions): Promise<ResolveVariantResult> {
  const { release, releaseDigest, facts, policy, clock, measurements, signal } = options;
  const allowed = allowedMemory({
    intent: release.intent,
    memory: facts.memory,
    policy,
    otherServicesBytes: options.otherServicesBytes,
    replacedBytes: options.replacedBytes,
  });
  const seen = await measurements.all();
  const judged: { candidate: Candidate; assessment?: Assessment }[] = release.candidates.map((candidate) => ({
    candidate,
  }));
  const choose = () =>
    chooseCandidate({
      at: clock.now(),
      release: releaseDigest,
      intent: release.intent,
      candidates: judged,
      allowed,
    });
  for (const entry of judged) {
    signal.throwIfAborted();
    const { assessment, inspection } = await assess({
      ...options,
      candidate: entry.candidate,
      allowed,
      seen,
    });
    entry.assessment = assessment;
    const { resolution, choice } = choose();
    if (choice === undefined) continue;
    if (inspection !== undefined) await recordEstimate({ ...options, choice, inspection });
    return { resolution, choice };
  }
  return { resolution: choose().resolution };
}

/** The engine's own number, not the corrected one: actuals are compared with what corrections are applied to. */
async function recordEstimate({
  measurements,
  choice,
  inspection,
  release,
}: ResolveVariantOptions & { choice: Choice; inspection: Inspection }): Promise<void> {
  const { candidate, configuration } = choice;
  const estimate = inspection.estimates.find((one) => sameConfiguration(one.configuration, configuration));
  await measurements.record({
    digest: candidate.digest,
    adapter: candidate.adapter?.digest,
    engineRelease: inspection.engineRelease,
    configuration,
    estimatedBytes: estimate?.available === true ? estimate.need.totalBytes : undefined,
    bytesPerToken: bytesPerToken({ candidate, intent: release.intent }),
  });
}

type AssessOptions = ResolveVariantOptions & {
  candidate: Candidate;
  allowed: AllowedMemory;
  seen: readonly Measurement[];
};

async function assess(options: AssessOptions): Promise<{ assessment: Assessment; inspection?: Inspection }> {
  const { candidate, failedDigests = [], release, allowed, facts } = options;
  if (failedDigests.includes(candidate.digest)) {
    const reason = 'failed on this box before and is not tried again.';
    return { assessment: { kind: 'unusable', constraint: 'failed-before', reason } };
  }
  const ladder = configurationLadder(release.intent);
  if (candidate.bytes + (candidate.adapter?.bytes ?? 0) > allowed.bytes) {
    // Its weights alone are too much: not even its header is worth the download.
    const needs = ladder.map((configuration) => ({
      configuration,
      need: estimateMemory({ ...candidate, configuration, arch: facts.cpu.arch }),
    }));
    return { assessment: { kind: 'needs', needs } };
  }
  let inspection: Inspection;
  try {
    inspection = await inspectCandidate(options);
  } catch (error) {
    options.signal.throwIfAborted();
    const assessment = isFlotillaError(error) ? verdictOf(error) : undefined;
    if (assessment === undefined) throw error;
    return { assessment };
  }
  const estimated = inspection.estimates.filter((estimate) => estimate.available);
  if (estimated.length === 0) {
    const [first] = inspection.estimates;
    const why = first === undefined || first.available ? 'the engine gave none' : first.reason;
    return {
      inspection,
      assessment: { kind: 'unusable', constraint: 'memory', reason: `has no estimate of its memory: ${why}` },
    };
  }
  const needs = estimated.map((estimate) => corrected({ ...options, estimate, inspection }));
  return {
    inspection,
    assessment: { kind: 'needs', needs, speed: speedOf({ ...options, inspection, facts }) },
  };
}

async function inspectCandidate(options: AssessOptions): Promise<Inspection> {
  const { candidate, client, store, inspect, policy, release, signal } = options;
  const headerOf = async (model: { digest: string; manifestDigest: string }): Promise<string> => {
    const bytesPerSecond = policy.downloadBytesPerSecond;
    return (await pullHeader({ model, client, store, signal, bytesPerSecond })).path;
  };
  return inspectPatiently(inspect)({
    path: await headerOf(candidate),
    ...(candidate.adapter === undefined ? {} : { adapterPath: await headerOf(candidate.adapter) }),
    configurations: configurationLadder(release.intent),
    signal,
  });
}

/** What an error says of the candidate itself; undefined when it says nothing of it. */
function verdictOf(error: FlotillaError): Assessment | undefined {
  switch (error.code) {
    case 'disk-full':
      return { kind: 'unusable', constraint: 'disk', reason: error.message };
    case 'gguf-invalid':
    case 'engine-crashed':
      return { kind: 'unusable', constraint: 'architecture', reason: error.message };
    default:
      return undefined;
  }
}

function corrected({
  candidate,
  estimate,
  inspection,
  seen,
}: AssessOptions & { estimate: ConfiguredNeed; inspection: Inspection }): ConfiguredNeed {
  const comparable = seen.filter(({ engineRelease }) => engineRelease === inspection.engineRelease);
  const memoryOf = ({ estimatedBytes, actualBytes }: Measurement): SeenMemory[] =>
    estimatedBytes === undefined || actualBytes === undefined ? [] : [{ estimatedBytes, actualBytes }];
  const [same] = comparable
    .filter(
      ({ digest, adapter, configuration }) =>
        digest === candidate.digest &&
        adapter === candidate.adapter?.digest &&
        sameConfiguration(configuration, estimate.configuration),
    )
    .flatMap(memoryOf);
  return correctNeed({ estimated: estimate, same, others: comparable.flatMap(memoryOf) });
}

function speedOf({
  candidate,
  release,
  facts,
  seen,
  inspection,
}: AssessOptions & { inspection: Inspection }): SpeedPrediction | undefined {
  const comparable = seen.filter(({ engineRelease }) => engineRelease === inspection.engineRelease);
  const own = comparable.findLast(
    ({ digest, tokensPerSecond }) => digest === candidate.digest && tokensPerSecond !== undefined,
  )?.tokensPerSecond;
  if (own !== undefined) return { tokensPerSecond: own, low: own, high: own, basis: 'measured' };
  return predictSpeed({
    bytesPerToken: bytesPerToken({ candidate, intent: release.intent }),
    bandwidthBytesPerSecond: facts.memory.bandwidthBytesPerSecond,
    anchors: comparable.flatMap(({ bytesPerToken: read, tokensPerSecond }) =>
      read === undefined || tokensPerSecond === undefined ? [] : [{ bytesPerToken: read, tokensPerSecond }],
    ),
  });
}
