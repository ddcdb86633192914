import { describe, expect, it } from 'vitest';
import { createThreadTuner } from './thread-tuner.ts';

/** A box whose step takes so long with so many threads; drives a tuner through steps and notes what it was told. */
function drive(options: { threads: number; limit: number }) {
  const tuner = createThreadTuner(options);
  const used: number[] = [];
  let at = 0;
  return {
    tuner,
    used,
    run: (steps: number, msOf: (threads: number) => number, streams = 1): void => {
      for (let step = 0; step < steps; step += 1) {
        const ms = msOf(tuner.threads);
        at += ms;
        const next = tuner.observe({ streams, ms, at });
        if (next !== undefined) used.push(next);
      }
    },
  };
}

/** Two threads are best on a box that is alone; beside another program that takes a core, one is. */
const alone = (threads: number): number => [0, 50, 30, 40, 60][threads] ?? 100;
const shared = (threads: number): number => [0, 50, 400, 600, 900][threads] ?? 2_000;

describe('createThreadTuner', () => {
  it('stays where it is while the speed does', () => {
    const { run, used } = drive({ threads: 2, limit: 4 });
    run(5_000, alone);
    run(2_000, (threads) => alone(threads) * 1.4);
    expect(used).toEqual([]);
  });

  it('does not search for a slowness that passes', () => {
    const { run, used } = drive({ threads: 2, limit: 4 });
    run(100, alone);
    for (let round = 0; round < 20; round += 1) {
      run(64, shared);
      run(64, alone);
    }
    expect(used).toEqual([]);
  });

  it('finds the setting that is best now, and gives up hopeless ones after one step', () => {
    const { run, used, tuner } = drive({ threads: 2, limit: 4 });
    run(100, alone);
    run(1_000, shared);
    expect(tuner.threads).toBe(1);
    expect(used).toEqual([1, 2, 1]);
  });

  it('goes back up when the box is alone again', () => {
    const { run, tuner } = drive({ threads: 1, limit: 4 });
    run(100, alone);
    // Slower for another reason, and more threads help.
    run(40_000, (threads) => alone(threads) * 2);
    expect(tuner.threads).toBe(2);
  });

  it('takes the speed it found as the new measure, and rests, when nothing is better', () => {
    const { run, used, tuner } = drive({ threads: 2, limit: 2 });
    run(100, alone);
    run(4_000, (threads) => alone(threads) * 3);
    expect(tuner.threads).toBe(2);
    const before = used.length;
    run(10_000, (threads) => alone(threads) * 3);
    expect(used.length).toBe(before);
  });

  it('compares steps with those of as many streams only', () => {
    const { run, used } = drive({ threads: 2, limit: 4 });
    run(200, alone, 1);
    run(3_000, (threads) => alone(threads) * 4, 8);
    run(200, alone, 1);
    expect(used).toEqual([]);
  });

  it('ends with what it had where the traffic never stays the same long enough to search', () => {
    const { run, tuner, used } = drive({ threads: 8, limit: 16 });
    const alternate = (rounds: number, msOf: (threads: number) => number): void => {
      for (let round = 0; round < rounds; round += 1) run(20, msOf, 1 + (round % 2));
    };
    alternate(20, () => 20);
    alternate(400, (threads) => 400 - 10 * threads);
    expect(tuner.threads).toBe(8);
    expect([used.length > 0, used.length < 20]).toEqual([true, true]);
  });

  it('changes nothing on a box with one core', () => {
    const { run, used } = drive({ threads: 1, limit: 1 });
    run(100, () => 10);
    run(10_000, () => 100);
    expect(used).toEqual([]);
  });
});
