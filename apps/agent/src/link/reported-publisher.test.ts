import { FlotillaError, type Reported } from '@flotilla/contracts';
import { fakeClock } from '@flotilla/testkit';
import { describe, expect, it } from 'vitest';
import { ReportedPublisher } from './reported-publisher.ts';

function setUp({ limit = Infinity } = {}) {
  const clock = fakeClock();
  const sent: { at: number; reported: Reported }[] = [];
  let online = true;
  const publisher = new ReportedPublisher({
    read: async () => ({ v: 1, services: [{ service: 'assistant', resolution: {} }] }) as unknown as Reported,
    publish: async (reported) => {
      if (!online) throw new FlotillaError('offline', 'There is no line.');
      if (JSON.stringify(reported).length > limit) throw new FlotillaError('too-large', 'Over the limit.');
      sent.push({ at: clock.monotonic(), reported });
    },
    clock,
  });
  return { clock, publisher, sent, goOnline: (is: boolean) => (online = is) };
}

describe('ReportedPublisher', () => {
  it('sends a change at once, and what comes within a second together', async () => {
    const { clock, publisher, sent } = setUp();
    publisher.start();
    await clock.advance(5_000);
    for (let change = 0; change < 50; change += 1) {
      publisher.changed();
      await clock.advance(10);
    }
    await clock.advance(5_000);
    expect(sent.map(({ at }) => at)).toEqual([5_000, 6_000]);
    await publisher.stop();
  });

  it('sends mere progress every two seconds at most', async () => {
    const { clock, publisher, sent } = setUp();
    publisher.start();
    for (let tick = 0; tick < 100; tick += 1) {
      publisher.progressed();
      await clock.advance(100);
    }
    expect(sent.length).toBeLessThanOrEqual(6);
    await publisher.stop();
  });

  it('sends now and then although nothing changed', async () => {
    const { clock, publisher, sent } = setUp();
    publisher.start();
    await clock.advance(600_000);
    expect(sent.length).toBe(3);
    await publisher.stop();
  });

  it('keeps nothing while the line is down, and sends the newest with the next line', async () => {
    const { clock, publisher, sent, goOnline } = setUp();
    publisher.start();
    goOnline(false);
    publisher.changed();
    await clock.advance(10_000);
    expect(sent).toEqual([]);
    goOnline(true);
    await publisher.sendNow();
    expect(sent).toHaveLength(1);
    await publisher.stop();
  });

  it('leaves the reasons out of a document that no broker would take', async () => {
    const { publisher, sent } = setUp({ limit: 45 });
    publisher.start();
    await publisher.sendNow();
    expect(sent.map(({ reported }) => reported.services)).toEqual([[{ service: 'assistant' }]]);
    await publisher.stop();
  });
});
