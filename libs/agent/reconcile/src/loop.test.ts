import { FlotillaError } from '@flotilla/contracts';
import { fakeClock, type FakeClock } from '@flotilla/testkit';
import { describe, expect, it } from 'vitest';
import type { Plan } from './plan.ts';
import { emptyDisk, fakeBox, type FakeDisk, type FaultPoint } from './testing/fake-box.ts';
import { desire, record, release, releaseDigest } from './testing/fixtures.ts';

const catalogue = new Map(
  ['assistant', 'summary'].flatMap((service) =>
    [1, 2, 3].map((revision) => [releaseDigest(service, revision), release(service, revision)] as const),
  ),
);

type BoxOptions = Partial<Parameters<typeof fakeBox>[0]>;

function boxOn(disk: FakeDisk, clock: FakeClock, options: BoxOptions = {}) {
  const box = fakeBox({ disk, catalogue, clock, ...options });
  let last: Plan | undefined;
  box.events.on('plan-made', ({ plan }) => (last = plan));
  return { ...box, lastPlan: () => last };
}

/** A box that serves assistant@1. */
async function servingBox(options: BoxOptions = {}) {
  const clock = fakeClock();
  const disk = emptyDisk();
  const first = boxOn(disk, clock);
  first.desire(desire(['assistant', 1]));
  await clock.advance(0);
  await first.reconciler.idle();
  await first.reconciler.stop();
  const box = boxOn(disk, clock, options);
  box.reconciler.wake();
  await box.reconciler.idle();
  expect(box.serves()).toEqual(['assistant-1']);
  box.told.length = 0;
  return { ...box, clock };
}

describe('the loop', () => {
  it('takes a first release from nothing to traffic', async () => {
    const clock = fakeClock();
    const box = boxOn(emptyDisk(), clock);
    box.desire(desire(['assistant', 1]));
    await box.reconciler.idle();
    expect(box.told).toEqual([
      'fetch-release assistant',
      'resolve-variant assistant',
      'fetch-model assistant',
      'verify-model assistant',
      'load-model assistant',
      'check-golden assistant',
      'switch-traffic assistant',
      'commit assistant',
      'collect-garbage',
    ]);
    expect(box.serves()).toEqual(['assistant-1']);
    expect(box.lastPlan()?.kind).toBe('reached');
    await box.reconciler.stop();
  });

  it('loads what served before the restart without asking anybody', async () => {
    const { disk, reconciler, clock } = await servingBox();
    await reconciler.stop();
    const offline = new FlotillaError('offline', 'The line is down.');
    const fails = () => {
      throw offline;
    };
    const box = boxOn(disk, clock, {
      faults: { 'fetch-release': fails, resolve: fails, 'fetch-model': fails },
    });
    box.reconciler.wake();
    await box.reconciler.idle();
    expect(box.told).toEqual(['load-model assistant', 'switch-traffic assistant', 'collect-garbage']);
    expect(box.serves()).toEqual(['assistant-1']);
    await box.reconciler.stop();
  });

  it('keeps the old release and tells why when a golden prompt is answered wrongly', async () => {
    const box = await servingBox({ answer: (variant) => (variant === 'assistant-2' ? 'Nonsense' : 'Hello') });
    box.desire(desire(['assistant', 2]));
    await box.reconciler.idle();
    expect(box.told).toContain('check-golden failed: golden-prompt-failed');
    expect(box.told).not.toContain('switch-traffic assistant');
    expect(box.serves()).toEqual(['assistant-1']);
    expect(box.disk.rollback.failed).toMatchObject([
      { service: 'assistant', revision: 2, problem: { code: 'golden-prompt-failed', about: 'hello' } },
    ]);
    expect(JSON.stringify(box.disk.rollback.failed)).not.toContain('Nonsense');
    box.told.length = 0;
    await box.clock.advance(3_600_000);
    expect(box.told).toEqual([]);
    await box.reconciler.stop();
  });

  it('does not try the failed release again after a restart, and does when it is desired anew', async () => {
    const wrong = (variant: string) => (variant === 'assistant-2' ? 'Nonsense' : 'Hello');
    const before = await servingBox({ answer: wrong });
    const { disk, reconciler, clock } = before;
    before.desire(desire(['assistant', 2]));
    await reconciler.idle();
    await reconciler.stop();
    const box = boxOn(disk, clock);
    box.reconciler.wake();
    await box.reconciler.idle();
    expect(box.serves()).toEqual(['assistant-1']);
    expect(box.lastPlan()).toMatchObject({
      kind: 'blocked',
      blocks: [{ problem: { code: 'golden-prompt-failed' } }],
    });
    box.desire(desire(['assistant', 1]));
    await box.reconciler.idle();
    expect(box.lastPlan()?.kind).toBe('reached');
    box.desire(desire(['assistant', 2]));
    await box.reconciler.idle();
    expect(box.serves()).toEqual(['assistant-2']);
    await box.reconciler.stop();
  });

  it('goes back to the last good release when the engine of the new one keeps ending', async () => {
    const box = await servingBox();
    box.desire(desire(['assistant', 2]));
    await box.reconciler.idle();
    expect(box.serves()).toEqual(['assistant-2']);
    const problem = { code: 'engine-crash-loop', detail: 'It ended 4 times in a minute.' };
    await box.reconciler.giveUpEngine(record('assistant', 2), problem);
    await box.reconciler.idle();
    expect(box.serves()).toEqual(['assistant-1']);
    expect(box.disk.current.services.map(({ revision }) => revision)).toEqual([1]);
    expect(box.lastPlan()).toMatchObject({ kind: 'blocked', blocks: [{ problem, retry: false }] });
    await box.reconciler.stop();
  });

  it('goes on with a smaller variant that is here when an engine cannot be opened, then to the last good release', async () => {
    const [candidate] = release('assistant', 2).candidates;
    const [small] = release('assistant', 1).candidates;
    if (!candidate || !small) expect.fail('a fixture without candidates');
    const candidates = [candidate, { ...small, bytes: 50 }];
    const broken = new Set(['assistant-2']);
    const box = await servingBox({
      catalogue: new Map([
        ...catalogue,
        [releaseDigest('assistant', 2), release('assistant', 2, { candidates })],
      ]),
      faults: {
        load: (variant) => {
          if (broken.has(variant)) throw new FlotillaError('engine-crashed', 'It ended while loading.');
        },
      },
    });
    const serves = (): unknown =>
      box.disk.current.services.map((one) => [one.revision, one.placement.variant]);
    box.desire(desire(['assistant', 2]));
    for (let tries = 0; tries < 3; tries += 1) {
      await box.clock.advance(60_000);
      await box.reconciler.idle();
    }
    expect(serves()).toEqual([[2, 'assistant-1']]);
    expect(box.disk.rollback).toMatchObject({ failed: [], failedVariants: [{ variant: 'assistant-2' }] });

    const now = box.disk.current.services[0] ?? expect.fail('nothing serves');
    await box.reconciler.giveUpEngine(now, { code: 'engine-crash-loop', detail: 'It ended 4 times.' });
    await box.reconciler.idle();
    expect(serves()).toEqual([[1, 'assistant-1']]);
    expect(box.disk.rollback.failed).toMatchObject([{ revision: 2, problem: { code: 'engine-crash-loop' } }]);
    await box.reconciler.stop();
  });

  it('tries a download again with growing waits, while other services go on', async () => {
    let fails = 3;
    const clock = fakeClock();
    const box = boxOn(emptyDisk(), clock, {
      faults: {
        'fetch-model': (variant) => {
          if (variant === 'assistant-1' && (fails -= 1) >= 0)
            throw new FlotillaError('download-failed', 'Cut off.');
        },
      },
    });
    box.desire(desire(['assistant', 1], ['summary', 1]));
    await box.reconciler.idle();
    expect(box.serves()).toEqual(['summary-1']);
    await clock.advance(60_000);
    await box.reconciler.idle();
    expect(box.serves().sort()).toEqual(['assistant-1', 'summary-1']);
    expect(box.told.filter((line) => line === 'fetch-model failed: download-failed, again')).toHaveLength(3);
    await box.reconciler.stop();
  });

  it('fetches a file anew that came out wrong, and gives the release up when that happens again', async () => {
    const box = await servingBox({
      faults: {
        verify: () => {
          throw new FlotillaError('digest-mismatch', 'Other bytes.');
        },
      },
    });
    box.desire(desire(['assistant', 2]));
    await box.reconciler.idle();
    await box.clock.advance(60_000);
    await box.reconciler.idle();
    expect(box.told.filter((line) => line === 'fetch-model assistant')).toHaveLength(2);
    expect(box.serves()).toEqual(['assistant-1']);
    expect(box.lastPlan()).toMatchObject({
      kind: 'blocked',
      blocks: [{ problem: { code: 'digest-mismatch' }, retry: false }],
    });
    await box.reconciler.stop();
  });

  it('gives an engine that dies while it is checked three tries', async () => {
    const box = await servingBox({
      faults: {
        load: (variant) => {
          if (variant === 'assistant-2') throw new FlotillaError('engine-crashed', 'It is gone.');
        },
      },
    });
    box.desire(desire(['assistant', 2]));
    await box.reconciler.idle();
    await box.clock.advance(120_000);
    await box.reconciler.idle();
    expect(box.told.filter((line) => line.startsWith('load-model failed'))).toHaveLength(3);
    expect(box.disk.rollback.failed.map(({ problem }) => problem.code)).toEqual(['engine-crashed']);
    expect(box.serves()).toEqual(['assistant-1']);
    await box.reconciler.stop();
  });

  it('cuts a running step off when the desired document changes', async () => {
    const reached = Promise.withResolvers<void>();
    const hang = Promise.withResolvers<void>();
    const box = await servingBox({
      faults: {
        'fetch-model': (variant) => {
          if (variant !== 'assistant-2') return undefined;
          reached.resolve();
          return hang.promise;
        },
      },
    });
    box.desire(desire(['assistant', 2]));
    await reached.promise;
    box.desire(desire(['assistant', 3]));
    hang.reject(new DOMException('the desired document changed', 'AbortError'));
    await box.reconciler.idle();
    expect(box.told).toContain('fetch-model failed: aborted');
    expect(box.serves()).toEqual(['assistant-3']);
    await box.reconciler.stop();
  });

  it('refuses a release that is one of another service', async () => {
    const box = await servingBox({
      catalogue: new Map([...catalogue, [releaseDigest('assistant', 2), release('summary', 2)]]),
    });
    box.desire(desire(['assistant', 2]));
    await box.reconciler.idle();
    expect(box.told).toContain('fetch-release failed: signature-invalid');
    expect(box.serves()).toEqual(['assistant-1']);
    await box.reconciler.stop();
  });

  it('waits like after a failure when a step changes nothing', async () => {
    const clock = fakeClock();
    const box = boxOn(emptyDisk(), clock);
    Object.assign(box.disk, { desired: desire(['assistant', 1]) });
    box.disk.blobs.set = () => box.disk.blobs; // nothing that is fetched ever arrives
    box.reconciler.wake();
    await box.reconciler.idle();
    expect(box.told).toContain('fetch-model failed: internal, again');
    expect(box.told.filter((line) => line === 'fetch-model assistant')).toHaveLength(6);
    await box.reconciler.stop();
  });

  it('looks again by itself when the box could not be read', async () => {
    const clock = fakeClock();
    const disk = emptyDisk();
    const box = boxOn(disk, clock);
    const failures: string[] = [];
    box.events.on('loop-failed', ({ problem }) => failures.push(problem.code));
    const broken = Object.defineProperty({ ...disk }, 'current', {
      get() {
        if (failures.length < 2) throw new FlotillaError('corrupt-file', 'current.json is damaged.');
        return disk.current;
      },
      set(value: FakeDisk['current']) {
        disk.current = value;
      },
    });
    const flaky = boxOn(broken, clock);
    flaky.events.on('loop-failed', ({ problem }) => failures.push(problem.code));
    flaky.desire(desire(['assistant', 1]));
    await clock.advance(300_000);
    await flaky.reconciler.idle();
    expect(failures).toEqual(['corrupt-file', 'corrupt-file']);
    expect(flaky.serves()).toEqual(['assistant-1']);
    await flaky.reconciler.stop();
    await box.reconciler.stop();
  });
});

describe('a kill', () => {
  const POINTS: FaultPoint[] = [
    'fetch-release',
    'resolve',
    'fetch-model',
    'verify',
    'load',
    'ask',
    'switch',
    'drain',
    'write-rollback',
    'write-current',
  ];
  it.each(POINTS)(
    'at %s leaves a box that serves the old release and then reaches the new one',
    async (point) => {
      const reached = Promise.withResolvers<void>();
      let armed = false;
      const box = await servingBox({
        faults: {
          // A killed process never comes back from the step it was in.
          [point]: () => {
            if (!armed) return undefined;
            reached.resolve();
            return new Promise(() => {});
          },
        },
      });
      armed = true;
      box.desire(desire(['assistant', 2]));
      await reached.promise;

      const after = boxOn(structuredClone(box.disk), box.clock);
      const served: string[][] = [];
      after.events.on('step-finished', () => served.push(after.serves()));
      after.reconciler.wake();
      await after.reconciler.idle();
      expect(after.told.slice(0, 2)).toEqual(['load-model assistant', 'switch-traffic assistant']);
      expect(served[1]).toEqual(['assistant-1']);
      expect(after.serves()).toEqual(['assistant-2']);
      expect(after.lastPlan()?.kind).toBe('reached');
      expect(after.disk.current.services.map(({ revision }) => revision)).toEqual([2]);
      expect(after.disk.rollback.services.map(({ revision }) => revision)).toEqual([1]);
      await after.reconciler.stop();
    },
  );
});
