import { FlotillaError, type TelemetryBatch } from '@flotilla/contracts';
import { fakeClock } from '@flotilla/testkit';
import { describe, expect, it } from 'vitest';
import { Sender } from './sender.ts';
import { rowOf } from './testing/fixtures.ts';

/** A spool in memory, and a plane that hears every batch. */
function setUp() {
  const clock = fakeClock();
  let waiting: number[] = [];
  const heard: number[][] = [];
  let mode: 'acknowledging' | 'silent' | 'offline' = 'acknowledging';
  const sender: Sender = new Sender({
    deviceId: 'd-1',
    spool: {
      head: () =>
        waiting.length === 0
          ? undefined
          : {
              epoch: 'e-1',
              rows: waiting.slice(0, 2).map((sequence) => ({ ...rowOf(), sequence, dropped: 0 })),
            },
      acknowledge: ({ upTo }) => {
        waiting = waiting.filter((sequence) => sequence > upTo);
        return 0;
      },
    },
    publish: async (batch: TelemetryBatch) => {
      if (mode === 'offline') throw new FlotillaError('offline', 'There is no line.');
      heard.push(batch.rows.map(({ sequence }) => sequence));
      const upTo = batch.rows.at(-1)?.sequence ?? 0;
      if (mode === 'acknowledging') queueMicrotask(() => sender.takeAck({ v: 1, epoch: 'e-1', upTo }));
    },
    readBoot: () => ({ bootId: 'b-1', uptimeMs: clock.monotonic() }),
    clock,
    random: () => 0.5,
  });
  return {
    clock,
    sender,
    heard,
    set: (next: typeof mode) => (mode = next),
    add: (...sequences: number[]) => waiting.push(...sequences),
    left: () => waiting,
  };
}

describe('Sender', () => {
  it('sends everything in order, a batch after the acknowledgement of the one before', async () => {
    const { clock, sender, heard, add, left } = setUp();
    add(1, 2, 3, 4, 5);
    sender.start();
    await clock.advance(0);
    expect(heard).toEqual([[1, 2], [3, 4], [5]]);
    expect(left()).toEqual([]);
    await sender.stop();
  });

  it('sends the same rows again until they are acknowledged by the control plane', async () => {
    const { clock, sender, heard, add, left, set } = setUp();
    set('silent');
    add(1);
    sender.start();
    await clock.advance(60_000);
    expect(heard.length).toBeGreaterThan(1);
    expect(left()).toEqual([1]);
    set('acknowledging');
    await clock.advance(120_000);
    expect(left()).toEqual([]);
    expect(new Set(heard.flat())).toEqual(new Set([1]));
    await sender.stop();
  });

  it('waits while the line is down and goes on at once when it is back', async () => {
    const { clock, sender, heard, add, set } = setUp();
    set('offline');
    add(1);
    sender.start();
    await clock.advance(600_000);
    expect(heard).toEqual([]);
    set('acknowledging');
    sender.wake();
    await clock.advance(0);
    expect(heard).toEqual([[1]]);
    await sender.stop();
  });

  it('sends a row that comes while it idles', async () => {
    const { clock, sender, heard, add } = setUp();
    sender.start();
    await clock.advance(1_000);
    add(1);
    sender.wake();
    await clock.advance(0);
    expect(heard).toEqual([[1]]);
    await sender.stop();
  });
});
