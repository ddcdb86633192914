import { createLog } from '@flotilla/platform-log';
import { fakeClock } from '@flotilla/testkit';
import { describe, expect, it } from 'vitest';
import { createJob } from './create-job.ts';

const log = createLog({ level: 'silent', name: 'test' });

describe('a job', () => {
  it('runs at its start and again after each interval, also when a run failed', async () => {
    const clock = fakeClock();
    let runs = 0;
    const job = createJob({
      name: 'tick',
      everyMs: 1_000,
      clock,
      log,
      run: async () => {
        runs += 1;
        if (runs === 2) throw new TypeError('a database that is away');
      },
    });
    job.start();
    await settle();
    expect(runs).toBe(1);
    await clock.advance(1_000);
    await settle();
    expect(runs).toBe(2);
    await clock.advance(1_000);
    await settle();
    expect(runs).toBe(3);
    await job.stop();
    await clock.advance(10_000);
    await settle();
    expect(runs).toBe(3);
  });

  it('takes many calls while it runs as one more run', async () => {
    const clock = fakeClock();
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let runs = 0;
    const job = createJob({
      name: 'tick',
      everyMs: 1_000,
      clock,
      log,
      run: async () => {
        runs += 1;
        await gates[runs - 1]?.promise;
      },
    });
    job.start();
    await settle();
    for (let i = 0; i < 5; i += 1) job.wake();
    gates[0]?.resolve();
    await settle();
    gates[1]?.resolve();
    await settle();
    expect(runs).toBe(2);
    await job.stop();
  });
});

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}
