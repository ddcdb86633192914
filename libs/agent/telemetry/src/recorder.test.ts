import { fakeClock } from '@flotilla/testkit';
import { describe, expect, it } from 'vitest';
import { createModelledEnergyMeter } from './energy-meter.ts';
import { Recorder } from './recorder.ts';
import type { NewRow } from './spool.ts';
import { requestOf } from './testing/fixtures.ts';
import { UsageAccumulator } from './usage-accumulator.ts';

function setUp({ fails = () => false }: { fails?: () => boolean } = {}) {
  const clock = fakeClock();
  const usage = new UsageAccumulator();
  const rows: NewRow[] = [];
  const errors: unknown[] = [];
  const recorder = new Recorder({
    spool: {
      append: (row) => {
        rows.push(row);
        return { sequence: rows.length };
      },
    },
    usage,
    energy: createModelledEnergyMeter({ tdpWatts: 10 }),
    sampleHealth: async () => {
      if (fails()) throw new TypeError('no health today');
      return { cpuShare: 0.5 };
    },
    readBoot: () => ({ bootId: 'boot-1', uptimeMs: clock.monotonic() }),
    clock,
    intervalMs: () => 30_000,
    onError: (error) => errors.push(error),
  });
  return { clock, usage, rows, errors, recorder };
}

describe('Recorder', () => {
  it('writes a row per interval with what happened in it', async () => {
    const { clock, usage, rows, recorder } = setUp();
    recorder.start();
    usage.noteRequest(requestOf());
    await clock.advance(60_000);
    expect(rows.map(({ intervalMs, services }) => [intervalMs, services.length])).toEqual([
      [30_000, 1],
      [30_000, 0],
    ]);
    expect(rows[0]?.energy).toEqual({ joules: 150, method: 'modelled' });
    await recorder.stop();
  });

  it('writes what is left of an interval when it stops', async () => {
    const { clock, usage, rows, recorder } = setUp();
    recorder.start();
    await clock.advance(10_000);
    usage.noteRequest(requestOf());
    await recorder.stop();
    await recorder.stop();
    expect(rows.map(({ intervalMs }) => intervalMs)).toEqual([10_000]);
    expect(rows[0]?.services[0]?.requests).toBe(1);
  });

  it('measures its intervals by a clock that does not jump', async () => {
    const { clock, rows, recorder } = setUp();
    recorder.start();
    await clock.advance(15_000);
    clock.jump(-86_400_000);
    await clock.advance(15_000);
    expect(rows[0]?.intervalMs).toBe(30_000);
    await recorder.stop();
  });

  it('keeps what it counted for the next row when one could not be taken', async () => {
    let failing = true;
    const { clock, usage, rows, errors, recorder } = setUp({ fails: () => failing });
    recorder.start();
    usage.noteRequest(requestOf());
    await clock.advance(30_000);
    expect(rows).toEqual([]);
    expect(errors).toHaveLength(1);
    failing = false;
    await clock.advance(30_000);
    expect(rows.map(({ intervalMs, services }) => [intervalMs, services[0]?.requests])).toEqual([
      [60_000, 1],
    ]);
    await recorder.stop();
  });
});
