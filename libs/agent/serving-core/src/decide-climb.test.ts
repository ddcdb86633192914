import { expect, it } from 'vitest';
import { decideClimb } from './decide-climb.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

it.each([
  ['stays for an hour', { goodMs: HOUR - 1, idleMs: HOUR }, 'stay'],
  ['climbs beside the one that serves', { goodMs: HOUR, idleMs: 1 }, 'beside'],
  ['never climbs under a request', { goodMs: 9 * HOUR, idleMs: 0 }, 'stay'],
  [
    'climbs in place where nobody came for ten minutes',
    { goodMs: HOUR, idleMs: 10 * MINUTE, fitsBeside: false },
    'in-place',
  ],
  ['waits for that where memory is short', { goodMs: HOUR, idleMs: 9 * MINUTE, fitsBeside: false }, 'stay'],
  ['waits twice as long after a failure', { goodMs: 2 * HOUR - 1, failures: 1 }, 'stay'],
  ['and tries again then', { goodMs: 2 * HOUR, failures: 1 }, 'beside'],
  ['waits a day at most', { goodMs: 24 * HOUR, failures: 30 }, 'beside'],
] as const)('%s', (_, facts, expected) => {
  expect(decideClimb({ idleMs: MINUTE, failures: 0, fitsBeside: true, ...facts })).toBe(expected);
});
