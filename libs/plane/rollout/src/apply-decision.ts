import type { RolloutState } from '@flotilla/contracts';
import type { Decision } from './decide.ts';
import type { BatchRow, DeviceOrder, RolloutRow } from './rollout-store.ts';

/** A rollout's next row with what follows for its devices. */
export interface Transition {
  rollout: RolloutRow;
  orders: DeviceOrder[];
}

/** What a decision makes of the rollout. Pure. */
export function applyDecision(
  rollout: RolloutRow,
  decision: Exclude<Decision, { kind: 'wait' }>,
  now: number,
): Transition {
  const next: RolloutRow = { ...rollout, version: rollout.version + 1, why: decision.why };
  switch (decision.kind) {
    case 'open-batch':
      return {
        rollout: withBatch(next, decision.batch, { state: 'running', openedAt: now }),
        orders: [
          {
            where: { batch: decision.batch, states: ['waiting'] },
            set: { state: 'updating', wanted: 'go', progressAt: now },
          },
        ],
      };
    case 'soak-batch':
      return {
        rollout: withBatch(next, decision.batch, { state: 'soaking', soakingSince: now }),
        orders: [],
      };
    case 'pass-batch':
      return { rollout: withBatch(next, decision.batch, { state: 'passed', closedAt: now }), orders: [] };
    case 'fail-batch': {
      const failed = withBatch(next, decision.batch, { state: 'failed', closedAt: now });
      return decision.then === 'rollback'
        ? ended(failed, 'rolled-back', now, [ALL_BACK])
        : { rollout: { ...failed, state: 'paused' }, orders: [HOLD] };
    }
    case 'complete':
      return ended(next, 'completed', now, [{ where: { wanted: ['go', 'hold'] }, set: { wanted: 'keep' } }]);
  }
}

/** Devices that have not switched yet wait where they are. */
const HOLD: DeviceOrder = { where: { states: ['updating'], wanted: ['go'] }, set: { wanted: 'hold' } };
/** A pointer flip: what they served before is still on their disks. */
const ALL_BACK: DeviceOrder = { where: { wanted: ['go', 'hold'] }, set: { wanted: 'back' } };

export type Order = 'pause' | 'resume' | 'cancel' | 'rollback';

export type OrderOutcome = { ok: true; transition: Transition } | { ok: false; reason: string };

/** What a person's order makes of the rollout. Pure; an order that its state does not allow is refused. */
export function applyOrder(rollout: RolloutRow, order: Order, why: string, now: number): OrderOutcome {
  const { state } = rollout;
  const allowed = order === 'pause' ? ['running'] : order === 'resume' ? ['paused'] : ['running', 'paused'];
  if (!allowed.includes(state)) {
    return { ok: false, reason: `a rollout that is ${state} cannot be told to ${order}` };
  }
  const next: RolloutRow = { ...rollout, version: rollout.version + 1, why };
  switch (order) {
    case 'pause':
      return { ok: true, transition: { rollout: { ...next, state: 'paused' }, orders: [HOLD] } };
    case 'resume':
      return { ok: true, transition: resumed(next, now) };
    case 'cancel':
      return {
        ok: true,
        transition: ended(next, 'cancelled', now, [
          { where: { states: ['succeeded'] }, set: { wanted: 'keep' } },
          { where: { states: ['updating', 'failed'] }, set: { wanted: 'back' } },
        ]),
      };
    case 'rollback':
      return { ok: true, transition: ended(next, 'rolled-back', now, [ALL_BACK]) };
  }
}

function resumed(rollout: RolloutRow, now: number): Transition {
  const orders: DeviceOrder[] = [{ where: { wanted: ['hold'] }, set: { wanted: 'go', progressAt: now } }];
  const batches = rollout.batches.map((batch): BatchRow => {
    if (batch.state === 'soaking') return { ...batch, soakingSince: now };
    if (batch.state !== 'failed') return batch;
    orders.push({
      where: { batch: batch.index, states: ['failed'] },
      set: { state: 'updating', wanted: 'go', progressAt: now, retry: true },
    });
    const { closedAt: _closed, soakingSince: _soaked, ...again } = batch;
    return { ...again, state: 'running', openedAt: now };
  });
  return { rollout: { ...rollout, state: 'running', batches }, orders };
}

function ended(rollout: RolloutRow, state: RolloutState, now: number, orders: DeviceOrder[]): Transition {
  return { rollout: { ...rollout, state, endedAt: now }, orders };
}

function withBatch(rollout: RolloutRow, index: number, change: Partial<BatchRow>): RolloutRow {
  const batches = rollout.batches.map((batch) => (batch.index === index ? { ...batch, ...change } : batch));
  return { ...rollout, batches };
}
