import { Gate, type BatchSpec } from '@flotilla/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyDecision, applyOrder, type Order, type Transition } from './apply-decision.ts';
import { batchSizes } from './assign-batches.ts';
import { decide, type DecisionInputs } from './decide.ts';
import { reachesShare } from './exact-share.ts';
import type { BatchCounts, DeviceOrder, RolloutRow, Want } from './rollout-store.ts';

/** A fleet in memory that obeys orders as the store does, and whose devices end as the test says. */
interface Box {
  batch: number;
  state: 'waiting' | 'updating' | 'succeeded' | 'failed';
  wanted: Want;
}

interface World {
  rollout: RolloutRow;
  boxes: Box[];
  now: number;
  log: Array<{ inputs: DecisionInputs; kind: string; why: string }>;
}

function newWorld(total: number, specs: BatchSpec[], gate: Partial<Gate>): World {
  const sizes = batchSizes(total, specs);
  return {
    now: 0,
    log: [],
    boxes: sizes.flatMap((size, batch) =>
      Array.from({ length: size }, (): Box => ({ batch, state: 'waiting', wanted: 'none' })),
    ),
    rollout: {
      id: 'r',
      service: 'assistant',
      release: 'a'.repeat(64),
      revision: 2,
      selector: '*',
      state: 'running',
      gate: Gate.parse(gate),
      batches: sizes.map((_, index) => ({
        index,
        state: 'pending',
        devices: 0,
        succeeded: 0,
        failed: 0,
        upTo: '',
      })),
      createdAt: 0,
      createdBy: 'test',
      version: 1,
    },
  };
}

function counts(boxes: readonly Box[]): BatchCounts[] {
  return [...new Set(boxes.map((box) => box.batch))].map((index) => {
    const own = boxes.filter((box) => box.batch === index);
    const of = (state: Box['state']) => own.filter((box) => box.state === state).length;
    return {
      index,
      waiting: of('waiting'),
      updating: of('updating'),
      succeeded: of('succeeded'),
      failed: of('failed'),
      failures: {},
    };
  });
}

function obey(boxes: readonly Box[], { where, set }: DeviceOrder): Box[] {
  return boxes.map((box) => {
    const isMeant =
      (where.batch === undefined || where.batch === box.batch) &&
      (where.states === undefined || where.states.includes(box.state)) &&
      (where.wanted === undefined || where.wanted.includes(box.wanted));
    return isMeant ? { ...box, state: set.state ?? box.state, wanted: set.wanted ?? box.wanted } : box;
  });
}

function take(world: World, { rollout, orders }: Transition): World {
  return { ...world, rollout, boxes: orders.reduce<Box[]>(obey, world.boxes) };
}

function settle(start: World): World {
  let world = start;
  for (let step = 0; step < 100; step++) {
    const { state, gate, batches } = world.rollout;
    const inputs: DecisionInputs = {
      rollout: { state, gate, batches },
      observations: { batches: counts(world.boxes) },
      now: world.now,
    };
    const decision = decide(inputs);
    if (decision.kind === 'wait') return world;
    world = take(world, applyDecision(world.rollout, decision, world.now));
    world = {
      ...world,
      log: [...world.log, { inputs: structuredClone(inputs), kind: decision.kind, why: decision.why }],
    };
  }
  throw new TypeError('the rollout never waits');
}

type Event =
  | { kind: 'end'; box: number; well: boolean }
  | { kind: 'relapse'; box: number }
  | { kind: 'pass-time'; ms: number }
  | { kind: 'order'; order: Order };

function happen(world: World, event: Event): World {
  switch (event.kind) {
    case 'end': {
      const index = event.box % world.boxes.length;
      const boxes = world.boxes.map((box, i) =>
        i === index && box.state === 'updating'
          ? { ...box, state: event.well ? ('succeeded' as const) : ('failed' as const) }
          : box,
      );
      return { ...world, boxes };
    }
    case 'relapse': {
      const index = event.box % world.boxes.length;
      const boxes = world.boxes.map((box, i) =>
        i === index && box.state === 'succeeded' ? { ...box, state: 'failed' as const } : box,
      );
      return { ...world, boxes };
    }
    case 'pass-time':
      return { ...world, now: world.now + event.ms };
    case 'order': {
      const outcome = applyOrder(world.rollout, event.order, 'someone asked', world.now);
      return outcome.ok ? take(world, outcome.transition) : world;
    }
  }
}

const events = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({ kind: fc.constant('end' as const), box: fc.nat(40), well: fc.boolean() }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('relapse' as const), box: fc.nat(40) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass-time' as const), ms: fc.nat(10_000) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('order' as const),
        order: fc.constantFrom<Order>('pause', 'resume', 'cancel', 'rollback'),
      }),
    },
  ),
  { maxLength: 60 },
);
const fleets = fc.record({
  total: fc.integer({ min: 1, max: 30 }),
  specs: fc.array(fc.record({ count: fc.integer({ min: 1, max: 10 }) }), { maxLength: 4 }),
  gate: fc.record({
    successShare: fc.constantFrom(0, 0.5, 0.9, 1),
    minimumSample: fc.integer({ min: 0, max: 5 }),
    soakMs: fc.constantFrom(0, 5_000),
    onFailure: fc.constantFrom('pause' as const, 'rollback' as const),
  }),
});

describe('the life of a rollout, whatever happens', () => {
  it('never opens a batch unless every batch before it passed its gate', () => {
    fc.assert(
      fc.property(fleets, events, ({ total, specs, gate }, happenings) => {
        let world = settle(newWorld(total, specs, gate));
        for (const event of happenings) {
          const before = world;
          world = settle(happen(world, event));
          for (const { kind, inputs } of world.log.slice(before.log.length)) {
            if (kind !== 'open-batch') continue;
            const opened = inputs.rollout.batches.findIndex((b) => b.state === 'pending');
            expect(inputs.rollout.batches.slice(0, opened).every((b) => b.state === 'passed')).toBe(true);
          }
          for (const { kind, inputs } of world.log.slice(before.log.length)) {
            if (kind !== 'pass-batch') continue;
            const at = inputs.rollout.batches.find((b) => b.state !== 'passed')?.index ?? -1;
            const own = inputs.observations.batches.find((c) => c.index === at);
            expect(own?.updating).toBe(0);
            expect(
              reachesShare(
                own?.succeeded ?? 0,
                (own?.succeeded ?? 0) + (own?.failed ?? 0),
                gate.successShare,
              ),
            ).toBe(true);
          }
        }
      }),
    );
  });

  it('can make every logged decision again from its inputs', () => {
    fc.assert(
      fc.property(fleets, events, ({ total, specs, gate }, happenings) => {
        const world = happenings.reduce(
          (w, event) => settle(happen(w, event)),
          settle(newWorld(total, specs, gate)),
        );
        for (const { inputs, kind, why } of world.log) {
          // As it comes back from a database.
          const again = decide(JSON.parse(JSON.stringify(inputs)) as DecisionInputs);
          expect(again).toMatchObject({ kind, why });
        }
      }),
    );
  });

  it('ends when every device ends well, however long a pause lies in between', () => {
    fc.assert(
      fc.property(fleets, fc.nat(5), ({ total, specs, gate }, pauses) => {
        let world = settle(newWorld(total, specs, gate));
        for (let round = 0; round < 200 && world.rollout.state !== 'completed'; round++) {
          if (round < pauses) {
            world = settle(happen(world, { kind: 'order', order: 'pause' }));
            expect(world.boxes.some((box) => box.state === 'updating' && box.wanted === 'go')).toBe(false);
            world = settle(happen(world, { kind: 'order', order: 'resume' }));
          }
          for (let box = 0; box < total; box++)
            world = settle(happen(world, { kind: 'end', box, well: true }));
          world = settle(happen(world, { kind: 'pass-time', ms: 5_000 }));
        }
        expect(world.rollout.state).toBe('completed');
        expect(world.boxes.every((box) => box.state === 'succeeded' && box.wanted === 'keep')).toBe(true);
      }),
    );
  });

  it('wants nothing more of any device in two ways once it is over', () => {
    fc.assert(
      fc.property(fleets, events, ({ total, specs, gate }, happenings) => {
        const world = happenings.reduce(
          (w, event) => settle(happen(w, event)),
          settle(newWorld(total, specs, gate)),
        );
        if (world.rollout.endedAt === undefined) return;
        const wanted = new Set(world.boxes.map((box) => box.wanted));
        expect(wanted.has('go') || wanted.has('hold')).toBe(false);
      }),
    );
  });
});

describe('orders', () => {
  it('repeats the failed batch on resume, not the next one', () => {
    let world = settle(newWorld(4, [{ count: 2 }], {}));
    world = settle(happen(world, { kind: 'end', box: 0, well: false }));
    expect(world.rollout).toMatchObject({
      state: 'paused',
      batches: [{ state: 'failed' }, { state: 'pending' }],
    });
    world = settle(happen(world, { kind: 'order', order: 'resume' }));
    expect(world.rollout).toMatchObject({
      state: 'running',
      batches: [{ state: 'running' }, { state: 'pending' }],
    });
    expect(world.boxes.map((box) => box.state)).toEqual(['updating', 'updating', 'waiting', 'waiting']);
  });

  it('sends every touched device back on rollback, and leaves the others alone', () => {
    let world = settle(newWorld(3, [{ count: 2 }], { onFailure: 'rollback', successShare: 1 }));
    world = settle(happen(world, { kind: 'end', box: 1, well: true }));
    world = settle(happen(world, { kind: 'end', box: 0, well: false }));
    expect(world.rollout.state).toBe('rolled-back');
    expect(world.boxes.map((box) => box.wanted)).toEqual(['back', 'back', 'none']);
  });

  it('keeps what succeeded on cancel, and sends the rest back', () => {
    let world = settle(newWorld(3, [{ count: 2 }], {}));
    world = settle(happen(world, { kind: 'end', box: 1, well: true }));
    world = settle(happen(world, { kind: 'order', order: 'cancel' }));
    expect(world.rollout.state).toBe('cancelled');
    expect(world.boxes.map((box) => box.wanted)).toEqual(['back', 'keep', 'none']);
  });

  it.each<[Order, RolloutRow['state']]>([
    ['pause', 'paused'],
    ['resume', 'running'],
    ['cancel', 'completed'],
    ['rollback', 'cancelled'],
  ])('refuses to %s what is %s', (order, state) => {
    const { rollout } = newWorld(1, [], {});
    expect(applyOrder({ ...rollout, state }, order, 'why', 0)).toMatchObject({ ok: false });
  });

  it('soaks anew after a pause', () => {
    let world = settle(newWorld(1, [], { soakMs: 1_000 }));
    world = settle(happen(world, { kind: 'end', box: 0, well: true }));
    world = happen(world, { kind: 'order', order: 'pause' });
    world = settle(happen(world, { kind: 'pass-time', ms: 5_000 }));
    world = settle(happen(world, { kind: 'order', order: 'resume' }));
    expect(world.rollout.batches[0]).toMatchObject({ state: 'soaking', soakingSince: 5_000 });
  });
});
