import { countThings, formatDuration } from '@flotilla/kernel';
import type { FailureClass, Gate } from '@flotilla/contracts';
import { reachesShare } from './exact-share.ts';
import type { BatchCounts, BatchRow, RolloutRow } from './rollout-store.ts';

/** All that a decision looks at; a logged one can be made again from it. */
export interface DecisionInputs {
  rollout: Pick<RolloutRow, 'state' | 'gate'> & {
    batches: ReadonlyArray<Pick<BatchRow, 'index' | 'state' | 'soakingSince'>>;
  };
  observations: { batches: readonly BatchCounts[] };
  now: number;
}

export type Decision =
  | { kind: 'wait'; why: string }
  | { kind: 'open-batch' | 'soak-batch' | 'pass-batch'; batch: number; why: string }
  | { kind: 'fail-batch'; batch: number; then: Gate['onFailure']; why: string }
  | { kind: 'complete'; why: string };

/**
 * What a rollout does next. Pure: the same inputs give the same decision.
 *
 * Invariants: a batch opens only after every batch before it passed; a batch passes only when all its devices ended
 * and the share that succeeded reaches the gate, and still does at the end of the soak; failure is looked at first.
 */
export function decide({ rollout, observations, now }: DecisionInputs): Decision {
  if (rollout.state !== 'running') return { kind: 'wait', why: `The rollout is ${rollout.state}.` };
  const batch = rollout.batches.find((b) => b.state !== 'passed');
  if (batch === undefined) return { kind: 'complete', why: 'Every batch passed.' };
  const counts = observations.batches.find((c) => c.index === batch.index) ?? nobody(batch.index);
  switch (batch.state) {
    case 'pending':
      return {
        kind: 'open-batch',
        batch: batch.index,
        why: `Batch ${batch.index + 1} of ${rollout.batches.length} opens for ${devices(sum(counts))}.`,
      };
    case 'running':
      return decideRunning(batch.index, counts, rollout.gate);
    case 'soaking':
      return decideSoaking({ batch, counts, gate: rollout.gate, now });
    case 'passed':
    case 'failed':
      return { kind: 'wait', why: `Batch ${batch.index + 1} ${batch.state}; someone must resume.` };
  }
}

function decideRunning(index: number, counts: BatchCounts, gate: Gate): Decision {
  const total = sum(counts);
  const ended = counts.succeeded + counts.failed;
  if (
    ended >= Math.min(gate.minimumSample, total) &&
    !reachesShare(total - counts.failed, total, gate.successShare)
  ) {
    return failBatch(index, counts, gate);
  }
  if (ended < total) {
    return { kind: 'wait', why: `Batch ${index + 1}: ${ended} of ${devices(total)} ended.` };
  }
  const passed = `${counts.succeeded} of ${devices(total)} succeeded, ${percent(gate.successShare)} are needed`;
  return gate.soakMs > 0 && total > 0
    ? {
        kind: 'soak-batch',
        batch: index,
        why: `Batch ${index + 1} soaks for ${formatDuration(gate.soakMs)}: ${passed}.`,
      }
    : { kind: 'pass-batch', batch: index, why: `Batch ${index + 1} passed: ${passed}.` };
}

function decideSoaking({
  batch,
  counts,
  gate,
  now,
}: {
  batch: DecisionInputs['rollout']['batches'][number];
  counts: BatchCounts;
  gate: Gate;
  now: number;
}): Decision {
  const { index } = batch;
  const total = sum(counts);
  if (!reachesShare(total - counts.failed, total, gate.successShare)) return failBatch(index, counts, gate);
  const until = (batch.soakingSince ?? now) + gate.soakMs;
  if (now < until)
    return { kind: 'wait', why: `Batch ${index + 1} soaks for ${formatDuration(until - now)} more.` };
  return {
    kind: 'pass-batch',
    batch: index,
    why: `Batch ${index + 1} passed: ${counts.succeeded} of ${devices(total)} stayed good for ${formatDuration(gate.soakMs)}.`,
  };
}

function failBatch(index: number, counts: BatchCounts, gate: Gate): Decision {
  const classes = Object.entries(counts.failures)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
  const then = gate.onFailure === 'rollback' ? 'the rollout goes back' : 'the rollout is paused';
  return {
    kind: 'fail-batch',
    batch: index,
    then: gate.onFailure,
    why: `Batch ${index + 1} failed: ${counts.failed} of ${devices(sum(counts))} failed (${classes}), ${percent(gate.successShare)} must succeed; ${then}.`,
  };
}

function sum({ waiting, updating, succeeded, failed }: BatchCounts): number {
  return waiting + updating + succeeded + failed;
}

function devices(count: number): string {
  return countThings(count, 'device');
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(12))}%`;
}

const NONE: Partial<Record<FailureClass, number>> = {};

function nobody(index: number): BatchCounts {
  return { index, waiting: 0, updating: 0, succeeded: 0, failed: 0, failures: NONE };
}
