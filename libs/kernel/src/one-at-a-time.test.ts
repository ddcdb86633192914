import { expect, it } from 'vitest';
import { oneAtATime } from './one-at-a-time.ts';

it('runs each when the one before has ended, also where that failed', async () => {
  const inTurn = oneAtATime();
  const told: string[] = [];
  const held = Promise.withResolvers<void>();
  const first = inTurn(async () => {
    told.push('first begins');
    await held.promise;
    throw new TypeError('first fails');
  });
  const second = inTurn(async () => told.push('second begins'));
  held.promise.then(() => told.push('first may end')).catch(() => undefined);
  held.resolve();
  await expect(first).rejects.toThrow('first fails');
  expect(await second).toBe(3);
  expect(told).toEqual(['first begins', 'first may end', 'second begins']);
});
