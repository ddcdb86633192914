import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFairQueue } from './fair-queue.ts';

function drained(queue: { take: () => string | undefined }): string[] {
  const taken: string[] = [];
  for (let item = queue.take(); item !== undefined; item = queue.take()) taken.push(item);
  return taken;
}

describe('createFairQueue', () => {
  it('serves keys in turn, each in its own order', () => {
    const queue = createFairQueue<string>({ limit: 10 });
    for (const item of ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']) queue.push(item.charAt(0), item);
    expect(drained(queue)).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3']);
  });

  it('serves keys of a higher priority before all others, in turn among themselves', () => {
    const queue = createFairQueue<string>({ limit: 10 });
    const priorities: Record<string, number> = { a: 0, b: 5, c: 5, d: -1 };
    for (const item of ['d1', 'a1', 'b1', 'b2', 'c1', 'a2'])
      queue.push(item.charAt(0), item, priorities[item.charAt(0)]);
    expect(queue.take((item) => !item.startsWith('b'))).toBe('c1');
    expect(drained(queue)).toEqual(['b1', 'b2', 'a1', 'a2', 'd1']);
  });

  it('passes over keys whose turn has not come, and keeps their place', () => {
    const queue = createFairQueue<string>({ limit: 10 });
    for (const item of ['a1', 'b1', 'b2']) queue.push(item.charAt(0), item);
    expect(queue.take((item) => item.startsWith('b'))).toBe('b1');
    expect(queue.some((item) => item === 'b1')).toBe(false);
    expect(drained(queue)).toEqual(['a1', 'b2']);
  });

  it('has no room when it is full and every key has its share', () => {
    const queue = createFairQueue<string>({ limit: 3 });
    for (const item of ['a1', 'a2', 'b1']) queue.push(item.charAt(0), item);
    expect(['a', 'b'].map((key) => queue.hasRoom(key))).toEqual([false, false]);
    expect(queue.hasRoom('b', -1)).toBe(false);
  });

  it('lets the last of who has the most go for who has less, and nobody else', () => {
    const queue = createFairQueue<string>({ limit: 4 });
    for (const item of ['a1', 'a2', 'a3', 'b1']) queue.push(item.charAt(0), item);
    expect([queue.hasRoom('a'), queue.hasRoom('c')]).toEqual([false, true]);
    expect(queue.push('c', 'c1')).toBe('a3');
    expect([queue.size, queue.hasRoom('c')]).toEqual([4, false]);
    expect(drained(queue)).toEqual(['a1', 'b1', 'c1', 'a2']);
  });

  it('lets the last of the lowest priority go for a higher one, never what was put back', () => {
    const queue = createFairQueue<string>({ limit: 2 });
    queue.push('a', 'a1');
    queue.push('b', 'b1', 1);
    queue.putBack('x1');
    expect(queue.push('c', 'c1', 2)).toBe('a1');
    expect(queue.push('c', 'c2', 2)).toBe('b1');
    expect(queue.hasRoom('c', 2)).toBe(false);
    expect(drained(queue)).toEqual(['x1', 'c1', 'c2']);
  });

  it('serves first what was put back, in its order, even when full', () => {
    const queue = createFairQueue<string>({ limit: 1 });
    queue.push('a', 'a1');
    queue.putBack('x1');
    queue.putBack('x2');
    expect(drained(queue)).toEqual(['x1', 'x2', 'a1']);
  });

  it('forgets what was removed', () => {
    const queue = createFairQueue<string>({ limit: 5 });
    queue.push('a', 'a1');
    queue.push('a', 'a2');
    expect([queue.remove('a1'), queue.remove('a1'), drained(queue)]).toEqual([true, false, ['a2']]);
  });

  it('says how many are served before a new item of a key', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 20 }),
        fc.constantFrom('a', 'b', 'd'),
        fc.record({ a: fc.nat(2), b: fc.nat(2), c: fc.nat(2), d: fc.nat(2) }),
        (keys, key, priorities) => {
          const queue = createFairQueue<string>({ limit: 100 });
          for (const [index, lane] of keys.entries()) queue.push(lane, `${lane}${index}`, priorities[lane]);
          const position = queue.positionFor(key, priorities[key]);
          queue.push(key, 'new', priorities[key]);
          expect(drained(queue).indexOf('new')).toBeLessThanOrEqual(position);
        },
      ),
    );
  });
});
