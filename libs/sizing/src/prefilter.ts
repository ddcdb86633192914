import { formatBytes } from '@flotilla/kernel';
import type { Candidate, DeviceFacts, DevicePolicy, Intent, MemoryNeed, Problem } from '@flotilla/contracts';

import { allowedMemory } from './allowed-memory.ts';
import { judgeCandidate, type Assessment } from './judge-candidate.ts';
import { configurationLadder } from './configuration-ladder.ts';
import type { ConfiguredNeed, EngineConfiguration } from './engine-configuration.ts';
import { estimateMemory, kvBytes } from './estimate-memory.ts';
import { predictSpeed, type SpeedAnchor } from './predict-speed.ts';

export interface PrefilterOptions {
  candidate: Candidate;
  intent: Intent;
  facts: DeviceFacts;
  policy: DevicePolicy;
  /** Speeds that this device, or its hardware class, was seen to reach. */
  anchors?: readonly SpeedAnchor[];
}

export interface PrefilterResult {
  fits: boolean;
  configuration: EngineConfiguration;
  need: MemoryNeed;
  allowedBytes: number;
  predictedTokensPerSecond?: number;
  /** One sentence with the numbers, of the fit or of what stops it. */
  reason: string;
  problem?: Problem;
}

/**
 * Whether a candidate would fit a device, by arithmetic, for a plan made without asking it. The device decides later
 * by its engine's own simulation and what is free then; for the plan, what it reported as available is not counted
 * against it, because it comes and goes.
 */
export function prefilter({ candidate, intent, facts, policy, anchors }: PrefilterOptions): PrefilterResult {
  const needOf = (configuration: EngineConfiguration): ConfiguredNeed => ({
    configuration,
    need: estimateMemory({ ...candidate, configuration, arch: facts.cpu.arch }),
  });
  const [first, ...others] = configurationLadder(intent);
  const best = needOf(first);
  const { totalBytes, capBytes } = facts.memory;
  const memory = { totalBytes, availableBytes: totalBytes, capBytes };
  const allowed = allowedMemory({ intent, memory, policy });
  const speed = predictSpeed({
    bytesPerToken: bytesPerToken({ candidate, intent }),
    bandwidthBytesPerSecond: facts.memory.bandwidthBytesPerSecond,
    anchors,
  });
  const short = diskShortage(candidate, facts);
  const assessment: Assessment =
    short === undefined
      ? { kind: 'needs', needs: [best, ...others.map(needOf)], speed }
      : { kind: 'unusable', constraint: 'disk', reason: short };
  const { verdict, choice } = judgeCandidate({ candidate, assessment, intent, allowed });
  const result = {
    configuration: choice?.configuration ?? best.configuration,
    need: verdict.need ?? best.need,
    allowedBytes: allowed.bytes,
    predictedTokensPerSecond: speed?.tokensPerSecond,
    reason: verdict.reason,
  };
  if (choice !== undefined) return { fits: true, ...result };
  const problem: Problem = {
    code: verdict.constraint === 'disk' ? 'disk-full' : 'did-not-fit',
    detail: `${candidate.variant} ${verdict.reason}`,
    about: candidate.variant,
  };
  return { fits: false, ...result, problem };
}

/** What one token reads: all weights, those of an adapter too, and a cache that is half full on average. */
export function bytesPerToken({
  candidate,
  intent,
}: {
  candidate: Pick<Candidate, 'bytes' | 'facts' | 'adapter'>;
  intent: Pick<Intent, 'contextTokens'>;
}): number {
  const { bytes, facts, adapter } = candidate;
  const configuration = {
    contextTokens: intent.contextTokens,
    sequences: 1,
    batchTokens: 1,
    kvType: 'f16',
  } as const;
  return bytes + (adapter?.bytes ?? 0) + kvBytes({ bytes, facts, configuration }) / 2;
}

function diskShortage({ bytes: model, adapter }: Candidate, { disk }: DeviceFacts): string | undefined {
  const bytes = model + (adapter?.bytes ?? 0);
  if (disk === undefined || disk.freeBytes >= bytes * 1.1) return undefined;
  return `needs ${formatBytes(bytes * 1.1)} of disk, ${formatBytes(disk.freeBytes)} are free.`;
}
