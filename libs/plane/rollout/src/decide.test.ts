import type { BatchState, Gate } from '@flotilla/contracts';
import { Gate as GateSchema } from '@flotilla/contracts';
import { describe, expect, it } from 'vitest';
import { decide, type DecisionInputs } from './decide.ts';
import type { BatchCounts } from './rollout-store.ts';

const NOW = 1_000_000;

type Counted = Partial<Omit<BatchCounts, 'index'>>;

function inputs({
  state = 'running',
  gate = {},
  batches,
}: {
  state?: DecisionInputs['rollout']['state'];
  gate?: Partial<Gate>;
  batches: Array<[BatchState, Counted, soakingSince?: number]>;
}): DecisionInputs {
  return {
    rollout: {
      state,
      gate: GateSchema.parse(gate),
      batches: batches.map(([batchState, , soakingSince], index) => ({
        index,
        state: batchState,
        soakingSince,
      })),
    },
    observations: {
      batches: batches.map(([, counts], index) => ({
        index,
        waiting: 0,
        updating: 0,
        succeeded: 0,
        failed: 0,
        failures: {},
        ...counts,
      })),
    },
    now: NOW,
  };
}

const soak = { soakMs: 60_000 };
const most = { successShare: 0.9 };

describe('what a rollout does next', () => {
  it.each<[given: string, DecisionInputs, decision: string, batch?: number]>([
    ['the first batch is pending', inputs({ batches: [['pending', { waiting: 3 }]] }), 'open-batch', 0],
    [
      'devices of the open batch are still updating',
      inputs({
        batches: [
          ['running', { updating: 1, succeeded: 9 }],
          ['pending', { waiting: 5 }],
        ],
      }),
      'wait',
    ],
    [
      'the share is reached but one device is in flight',
      inputs({ gate: { successShare: 0.5 }, batches: [['running', { updating: 1, succeeded: 9 }]] }),
      'wait',
    ],
    ['all devices succeeded', inputs({ batches: [['running', { succeeded: 4 }]] }), 'pass-batch', 0],
    [
      'all devices succeeded and a soak is asked for',
      inputs({ gate: soak, batches: [['running', { succeeded: 4 }]] }),
      'soak-batch',
      0,
    ],
    [
      'exactly the share succeeded',
      inputs({ gate: most, batches: [['running', { succeeded: 9, failed: 1, failures: { crash: 1 } }]] }),
      'pass-batch',
      0,
    ],
    [
      'one less than the share succeeded',
      inputs({ gate: most, batches: [['running', { succeeded: 8, failed: 2, failures: { crash: 2 } }]] }),
      'fail-batch',
      0,
    ],
    [
      'the share can no longer be reached while devices are in flight',
      inputs({ gate: most, batches: [['running', { updating: 8, failed: 2, failures: { verify: 2 } }]] }),
      'fail-batch',
      0,
    ],
    [
      'the share can no longer be reached but too few have ended',
      inputs({
        gate: { ...most, minimumSample: 5 },
        batches: [['running', { updating: 8, failed: 2, failures: { verify: 2 } }]],
      }),
      'wait',
    ],
    [
      'the minimum sample is larger than the batch',
      inputs({ gate: { minimumSample: 50 }, batches: [['running', { failed: 2, failures: { crash: 2 } }]] }),
      'fail-batch',
      0,
    ],
    ['a batch has lost all its devices', inputs({ gate: soak, batches: [['running', {}]] }), 'pass-batch', 0],
    [
      'the soak is not over',
      inputs({ gate: soak, batches: [['soaking', { succeeded: 2 }, NOW - 59_999]] }),
      'wait',
    ],
    [
      'the soak is over',
      inputs({ gate: soak, batches: [['soaking', { succeeded: 2 }, NOW - 60_000]] }),
      'pass-batch',
      0,
    ],
    [
      'a device fails during the soak',
      inputs({
        gate: soak,
        batches: [['soaking', { succeeded: 1, failed: 1, failures: { crash: 1 } }, NOW]],
      }),
      'fail-batch',
      0,
    ],
    [
      'a device fails in the very moment the soak ends',
      inputs({ gate: soak, batches: [['soaking', { succeeded: 1, failed: 1 }, NOW - 60_000]] }),
      'fail-batch',
      0,
    ],
    [
      'the batch before passed',
      inputs({
        batches: [
          ['passed', { succeeded: 1 }],
          ['pending', { waiting: 9 }],
        ],
      }),
      'open-batch',
      1,
    ],
    [
      'every batch passed',
      inputs({
        batches: [
          ['passed', { succeeded: 1 }],
          ['passed', { succeeded: 9 }],
        ],
      }),
      'complete',
    ],
    [
      'a batch failed',
      inputs({
        batches: [
          ['failed', { failed: 1 }],
          ['pending', { waiting: 9 }],
        ],
      }),
      'wait',
    ],
    ['it is paused', inputs({ state: 'paused', batches: [['pending', { waiting: 3 }]] }), 'wait'],
    ['it is a draft', inputs({ state: 'draft', batches: [['pending', { waiting: 3 }]] }), 'wait'],
    ['it waits for approval', inputs({ state: 'awaiting-approval', batches: [['pending', {}]] }), 'wait'],
    ['it is cancelled', inputs({ state: 'cancelled', batches: [['pending', { waiting: 3 }]] }), 'wait'],
  ])('given that %s', (_given, given, kind, batch) => {
    const decision = decide(given);
    expect(decision.kind).toBe(kind);
    if (batch !== undefined) expect(decision).toMatchObject({ batch });
  });

  it('says why in numbers', () => {
    const failed = decide(
      inputs({
        gate: most,
        batches: [['running', { succeeded: 8, failed: 2, failures: { quality: 1, crash: 1 } }]],
      }),
    );
    expect(failed.why).toBe(
      'Batch 1 failed: 2 of 10 devices failed (quality 1, crash 1), 90% must succeed; the rollout is paused.',
    );
  });

  it('goes back where the gate says so', () => {
    const given = inputs({ gate: { onFailure: 'rollback' }, batches: [['running', { failed: 1 }]] });
    expect(decide(given)).toMatchObject({ kind: 'fail-batch', then: 'rollback' });
  });
});
