import { formatBytes } from '@flotilla/kernel';
import type { Candidate, CandidateVerdict, Intent, MemoryNeed } from '@flotilla/contracts';

import type { AllowedMemory } from './allowed-memory.ts';
import {
  describeConfiguration,
  type ConfiguredNeed,
  type EngineConfiguration,
} from './engine-configuration.ts';
import type { SpeedPrediction } from './predict-speed.ts';

/** What the device found out about a candidate. */
export type Assessment =
  /** Its memory in each configuration worth trying, best first, and its predicted speed. */
  | { kind: 'needs'; needs: readonly ConfiguredNeed[]; speed?: SpeedPrediction }
  /** It cannot serve here, whatever the memory. */
  | { kind: 'unusable'; constraint: 'disk' | 'architecture' | 'failed-before' | 'memory'; reason: string };

export interface Choice {
  candidate: Candidate;
  configuration: EngineConfiguration;
  need: MemoryNeed;
  predictedTokensPerSecond?: number;
}

/** A verdict without the name of the candidate. */
export type Verdict = Omit<CandidateVerdict, 'variant' | 'digest'>;

/** Whether one candidate can serve: its first configuration that fits the memory, fast enough, or what stops it. */
export function judgeCandidate({
  candidate,
  assessment,
  intent,
  allowed,
}: {
  candidate: Candidate;
  assessment: Assessment;
  intent: Intent;
  allowed: AllowedMemory;
}): { choice?: Choice; verdict: Verdict } {
  if (assessment.kind === 'unusable') return { verdict: rejected(assessment.constraint, assessment.reason) };
  const trained = candidate.facts.contextTokens;
  if (trained !== undefined && trained < intent.contextTokens) {
    const reason = `was trained for ${trained} tokens of context, ${intent.contextTokens} are asked for.`;
    return { verdict: rejected('context', reason) };
  }
  const { needs, speed } = assessment;
  const fitting = needs.find(({ need }) => need.totalBytes <= allowed.bytes);
  if (fitting === undefined) return { verdict: tooLarge(needs, allowed) };
  const numbers = numbersOf(fitting, allowed, speed);
  const wanted = intent.minTokensPerSecond;
  // A promise of speed needs four chances of five to be kept.
  if (wanted !== undefined && speed !== undefined && speed.low < wanted) {
    const reason = `${describeSpeed(speed)}, ${round(wanted)} are asked for.`;
    return { verdict: { ...rejected('speed', reason), ...numbers } };
  }
  const reduced = fitting === needs[0] ? '' : `, reduced from ${describe(needs[0])}`;
  const reason =
    `needs ${formatBytes(fitting.need.totalBytes)} of the ${formatBytes(allowed.bytes)} that may be used ` +
    `(${allowed.binding.because}), with ${describe(fitting)}${reduced}.`;
  const { configuration, need } = fitting;
  return {
    choice: { candidate, configuration, need, predictedTokensPerSecond: speed?.tokensPerSecond },
    verdict: { verdict: 'chosen', constraint: 'none', reason: sentence(reason), ...numbers },
  };
}

function tooLarge(needs: readonly ConfiguredNeed[], allowed: AllowedMemory): Verdict {
  const least = needs.reduce<ConfiguredNeed | undefined>(
    (smallest, one) =>
      smallest === undefined || one.need.totalBytes < smallest.need.totalBytes ? one : smallest,
    undefined,
  );
  if (least === undefined) return rejected('memory', 'no estimate of its memory could be made.');
  const needed = least.need.totalBytes;
  const reason =
    `needs ${formatBytes(needed)} at least (${describe(least)}), ${formatBytes(allowed.bytes)} may be used ` +
    `(${allowed.binding.because}): ${formatBytes(needed - allowed.bytes)} short.`;
  return { ...rejected('memory', reason), ...numbersOf(least, allowed) };
}

function numbersOf({ configuration, need }: ConfiguredNeed, allowed: AllowedMemory, speed?: SpeedPrediction) {
  return {
    need,
    allowedBytes: allowed.bytes,
    contextTokens: configuration.contextTokens,
    sequences: configuration.sequences,
    ...(speed === undefined ? {} : { predictedTokensPerSecond: round(speed.tokensPerSecond) }),
  };
}

function rejected(constraint: NonNullable<CandidateVerdict['constraint']>, reason: string): Verdict {
  return { verdict: 'rejected', constraint, reason: sentence(reason) };
}

function describeSpeed({ tokensPerSecond, low, high, basis }: SpeedPrediction): string {
  if (basis === 'measured') return `was measured at ${round(tokensPerSecond)} tokens/s here`;
  return `is predicted at ${round(tokensPerSecond)} tokens/s (${round(low)} to ${round(high)})`;
}

function describe(need: ConfiguredNeed | undefined): string {
  return need === undefined ? 'nothing' : describeConfiguration(need.configuration);
}

/** Reasons are shown after the name of the candidate: `harbor-1m needs ...`, and travel with at most 512 characters. */
function sentence(reason: string): string {
  return reason.slice(0, 512);
}

function round(value: number): number {
  return value >= 10 ? Math.round(value) : Math.round(value * 10) / 10;
}
