import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignBatches, batchSizes, lateBatch } from './assign-batches.ts';

describe('batch sizes', () => {
  it.each([
    { total: 5, specs: [], sizes: [5] },
    { total: 10, specs: [{ count: 1 }, { percent: 25 }], sizes: [1, 3, 6] },
    { total: 10, specs: [{ percent: 50 }, { percent: 50 }], sizes: [5, 5] },
    { total: 3, specs: [{ count: 2 }, { count: 2 }, { count: 2 }], sizes: [2, 1] },
    { total: 1, specs: [{ percent: 1 }], sizes: [1] },
    { total: 0, specs: [{ count: 2 }], sizes: [] },
  ])('cuts $total devices by $specs into $sizes', ({ total, specs, sizes }) => {
    expect(batchSizes(total, specs)).toEqual(sizes);
  });
});

const specs = fc.array(
  fc.oneof(
    fc.record({ count: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ percent: fc.integer({ min: 1, max: 1000 }).map((n) => n / 10) }),
  ),
  { maxLength: 6 },
);

describe('assigning devices', () => {
  it('puts every device in exactly one batch, none of them empty, in the order of their positions', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.stringMatching(/^[0-9a-f]{1,8}$/), { maxLength: 60 }),
        specs,
        (ids, batches) => {
          const { placed, bounds } = assignBatches({
            deviceIds: ids,
            specs: batches,
            positionOf: (id) => `${id}.`,
          });
          expect(placed.map((p) => p.deviceId).sort()).toEqual([...ids].sort());
          const positions = placed.map((p) => p.position);
          expect(positions).toEqual([...positions].sort());
          expect(new Set(placed.map((p) => p.batch)).size).toBe(bounds.length);
        },
      ),
    );
  });

  it('does not depend on the order in which devices come', () => {
    const positionOf = (id: string) => `${id.length}${id}`;
    const deviceIds = ['ccc', 'a', 'bb', 'dddd'];
    const one = assignBatches({ deviceIds, specs: [{ count: 2 }], positionOf });
    const other = assignBatches({ deviceIds: deviceIds.toReversed(), specs: [{ count: 2 }], positionOf });
    expect(one).toEqual(other);
  });
});

describe('late joiners', () => {
  const batch = (index: number, state: string, upTo: string) => ({ index, state, upTo });
  it.each([
    ['the batch its hash falls in', '3', ['pending', 'pending', 'pending'], 0],
    ['the next open one when its own has passed', '3', ['passed', 'running', 'pending'], 1],
    ['the last one when it lies beyond every bound', 'f', ['passed', 'running', 'pending'], 2],
    ['none when every later batch is over', 'f', ['passed', 'running', 'soaking'], undefined],
  ])('enter %s', (_name, position, states, expected) => {
    const [a, b, c] = states as [string, string, string];
    expect(lateBatch(position, [batch(0, a, '4'), batch(1, b, '8'), batch(2, c, 'c')])).toBe(expected);
  });
});
