import {
  isServing,
  type Candidate,
  type DeviceFacts,
  type DevicePolicy,
  type Intent,
  type MemoryNeed,
  type PlanLine,
  type Problem,
  type ReleaseView,
} from '@flotilla/contracts';
import type { DeviceRecord } from '@flotilla/plane-registry';

export interface PrefilterOutcome {
  fits: boolean;
  need?: MemoryNeed | undefined;
  allowedBytes?: number | undefined;
  predictedTokensPerSecond?: number | undefined;
  /** Why it does not fit. */
  problem?: Problem | undefined;
}

/** A prediction from a variant's header and a device's facts; the device itself decides. */
export type Prefilter = (question: {
  candidate: Candidate;
  intent: Intent;
  facts: DeviceFacts;
  policy: DevicePolicy;
}) => PrefilterOutcome;

/** One line per device: the first candidate that is predicted to fit, or what stops the best of them. */
export async function planRelease({
  release: view,
  devices,
  prefilter,
}: {
  release: ReleaseView;
  devices: AsyncIterable<DeviceRecord>;
  prefilter: Prefilter;
}): Promise<PlanLine[]> {
  const lines: PlanLine[] = [];
  for await (const device of devices) lines.push(planDevice({ view, device, prefilter }));
  return lines;
}

function planDevice({
  view: { release },
  device,
  prefilter,
}: {
  view: ReleaseView;
  device: DeviceRecord;
  prefilter: Prefilter;
}): PlanLine {
  const base = { deviceId: device.id, device: device.name };
  const missing = missingCapability(release.requires, device);
  if (missing !== undefined) return { ...base, fits: false, problem: missing };
  if (device.facts === undefined) {
    return {
      ...base,
      fits: false,
      problem: {
        code: 'unavailable',
        detail: 'The device has not said what hardware it has.',
        about: device.id,
        fix: 'Wait for its first report.',
      },
    };
  }
  let stopped: PrefilterOutcome | undefined;
  for (const candidate of release.candidates) {
    const outcome = prefilter({
      candidate,
      intent: release.intent,
      facts: device.facts,
      policy: device.policy,
    });
    const { need, allowedBytes, predictedTokensPerSecond } = outcome;
    if (outcome.fits) {
      return {
        ...base,
        fits: true,
        variant: candidate.variant,
        quantization: candidate.quantization,
        need,
        allowedBytes,
        predictedTokensPerSecond,
        ...changeOf({ service: release.service, candidate, outcome, device }),
      };
    }
    // Candidates are in order of preference, usually largest first: the last one is nearest to fitting.
    stopped = outcome;
  }
  return {
    ...base,
    fits: false,
    need: stopped?.need,
    allowedBytes: stopped?.allowedBytes,
    problem: stopped?.problem ?? { code: 'did-not-fit', detail: 'No candidate fits this device.' },
  };
}

function changeOf({
  service,
  candidate,
  outcome,
  device,
}: {
  service: string;
  candidate: Candidate;
  outcome: PrefilterOutcome;
  device: DeviceRecord;
}): Pick<PlanLine, 'downloadBytes' | 'change'> {
  const said = device.reported?.services.find((s) => s.service === service);
  const { adapter } = candidate;
  const hasModel = said?.variant?.digest === candidate.digest;
  const hasAdapter = adapter === undefined || said?.adapter?.digest === adapter.digest;
  const isSame = said?.adapter?.digest === adapter?.digest && said?.adapter?.scale === adapter?.scale;
  if (hasModel && isSame) return { downloadBytes: 0, change: 'none' };
  const downloadBytes = (hasModel ? 0 : candidate.bytes) + (hasAdapter ? 0 : adapter.bytes);
  const served = said && isServing(said) ? (said.engine?.actualBytes ?? said.engine?.estimatedBytes) : 0;
  const { need, allowedBytes } = outcome;
  if (need === undefined || allowedBytes === undefined || served === undefined) {
    return { downloadBytes };
  }
  const change = need.totalBytes + served <= allowedBytes ? 'beside' : 'swap';
  return { downloadBytes, change };
}

function missingCapability(requires: readonly string[], device: DeviceRecord): Problem | undefined {
  const agent = device.reported?.agent;
  const missing = agent && requires.filter((capability) => !agent.capabilities.includes(capability));
  if (missing === undefined || missing.length === 0) return undefined;
  return {
    code: 'agent-too-old',
    detail: `Agent ${agent?.version} lacks ${missing.join(', ')}.`.slice(0, 2_000),
    about: device.id,
    fix: 'Update the agent on the box.',
  };
}
