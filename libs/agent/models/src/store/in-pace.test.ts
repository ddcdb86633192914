import { fakeClock, type FakeClock } from '@flotilla/testkit';
import { expect, it } from 'vitest';

import { inPace } from './in-pace.ts';

/** A sender that brings a piece of `bytes` every `everyMs`, and hangs after the last. */
async function* sender(clock: FakeClock, pieces: number, everyMs: number, bytes: number) {
  for (let sent = 0; sent < pieces; sent += 1) {
    await new Promise<void>((resolve) => clock.setTimeout(resolve, everyMs));
    yield new Uint8Array(bytes);
  }
  await new Promise(() => undefined);
}

async function takenWithin(ms: number, pieces: number, everyMs: number, bytes: number) {
  const clock = fakeClock();
  let taken = 0;
  const taking = (async () => {
    for await (const piece of inPace(sender(clock, pieces, everyMs, bytes), {
      bytes: 100,
      withinMs: 60_000,
      clock,
    }))
      taken += piece.length;
  })().catch((error: unknown) => error);
  await clock.advance(ms);
  return { taken, ended: await Promise.race([taking, Promise.resolve('goes on')]), waiting: clock.waiting };
}

it('lets a sender go on that keeps the pace, however long it takes', async () => {
  expect(await takenWithin(3_600_000, 1_000, 50_000, 100)).toMatchObject({ taken: 7_200, ended: 'goes on' });
});

it('ends one that drips, and one that is silent', async () => {
  expect(await takenWithin(60_000, 1_000, 1_000, 1)).toMatchObject({ ended: { code: 'timeout' } });
  expect(await takenWithin(110_000, 1, 40_000, 100)).toMatchObject({
    taken: 100,
    ended: { code: 'timeout' },
    waiting: 0,
  });
});

it('ends one whose signal aborts while it is silent', async () => {
  const clock = fakeClock();
  const gone = new AbortController();
  const taking = inPace(sender(clock, 0, 0, 0), {
    bytes: 1,
    withinMs: 60_000,
    clock,
    signal: gone.signal,
  }).next();
  gone.abort(new TypeError('gone'));
  await expect(taking).rejects.toThrow('gone');
});

it('does not count the time in which a piece is put away', async () => {
  const clock = fakeClock();
  const pieces = (async function* () {
    for (let sent = 0; sent < 5; sent += 1) yield new Uint8Array(1);
  })();
  let taken = 0;
  for await (const _piece of inPace(pieces, { bytes: 100, withinMs: 60_000, clock })) {
    await clock.advance(50_000);
    taken += 1;
  }
  expect(taken).toBe(5);
});
