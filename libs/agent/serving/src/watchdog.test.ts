import { fakeClock } from '@flotilla/testkit';
import { describe, expect, it } from 'vitest';
import type { EngineStats } from './engine.ts';
import { watchOver } from './watchdog.ts';

describe('watchOver', () => {
  it('says once that an engine is hung, and asks one question at a time', async () => {
    const clock = fakeClock();
    let asked = 0;
    const hung: string[] = [];
    watchOver({
      engine: {
        stats: () => {
          asked += 1;
          return new Promise<EngineStats>(() => undefined);
        },
      },
      clock,
      onHung: (reason) => hung.push(reason),
    });
    await clock.advance(200_000);
    expect(hung).toEqual(['it gave no answer 12 times in a row']);
    expect(asked).toBe(1);
  });

  it('says nothing after it was stopped', async () => {
    const clock = fakeClock();
    const hung: string[] = [];
    const watching = watchOver({
      engine: { stats: () => new Promise<EngineStats>(() => undefined) },
      clock,
      onHung: (reason) => hung.push(reason),
    });
    watching.stop();
    await clock.advance(200_000);
    expect(hung).toEqual([]);
  });
});
