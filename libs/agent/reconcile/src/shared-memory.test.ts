import { describe, expect, it } from 'vitest';
import { describeServices } from './describe-services.ts';
import { roomFor } from './memory-room.ts';
import { plan, planEachService } from './plan.ts';
import type { World } from './state.ts';
import {
  desire,
  digest,
  LIMITS,
  placement,
  release,
  releaseDigest,
  resolution,
  serving,
  onDisk,
} from './testing/fixtures.ts';

const desired = desire(['assistant', 1], ['summary', 1]);
/** `assistant` serves, `summary` is on the disk; each needs 300 bytes. */
const world: World = {
  ...serving(['assistant', 1]),
  ...onDisk(['assistant', 1], ['summary', 1]),
};
const staying: World = {
  ...world,
  releases: new Map([
    ...world.releases,
    [releaseDigest('assistant', 1), release('assistant', 1, { keepLoaded: true })],
  ]),
};
const next = (given: World, memoryBytes: number) => {
  const made = plan({ world: { ...given, collected: '' }, desired, limits: { ...LIMITS, memoryBytes } });
  return made.kind === 'steps' ? made.steps[0] : made;
};
const chosen = new Map([
  [
    releaseDigest('summary', 1),
    { resolution: resolution('summary', 1), othersBytes: 300, placement: placement('summary', 1) },
  ],
]);

describe('a service that does not fit beside another', () => {
  it('is sized beside it and, for where nothing fits so, alone', () => {
    expect(next(world, 400)).toMatchObject({
      kind: 'resolve-variant',
      service: 'summary',
      othersBytes: 300,
      ownBytes: 0,
      shared: { othersBytes: 0, ownBytes: 300 },
    });
  });

  it('is sized beside it alone where that one stays loaded', () => {
    expect(next(staying, 400)).toMatchObject({ kind: 'resolve-variant', othersBytes: 300 });
    expect(next(staying, 400)).not.toHaveProperty('shared');
  });

  it('is loaded all the same, since the other can sleep', () => {
    expect(next({ ...world, choices: chosen }, 400)).toMatchObject({
      kind: 'load-model',
      service: 'summary',
    });
  });

  it('is blocked where the other stays loaded', () => {
    const input = {
      world: { ...staying, choices: chosen },
      desired,
      limits: { ...LIMITS, memoryBytes: 400 },
    };
    expect(planEachService(input).get('summary')).toMatchObject({
      kind: 'blocked',
      problem: { code: 'did-not-fit' },
    });
  });

  it('may stay asleep when it is brought back after a restart', () => {
    const after = { ...serving(['assistant', 1], ['summary', 1]), slots: [] };
    expect(next(after, 400)).toMatchObject({ kind: 'load-model', service: 'assistant', mayStayAsleep: true });
  });

  it('is changed beside its old engine, idle services going to sleep for it', () => {
    const both = serving(['assistant', 1], ['summary', 1]);
    const room = { world: both, service: 'assistant', needBytes: 300, availableBytes: 100 };
    expect(roomFor({ ...room, memoryBytes: 600 })).toBe('beside');
    expect(roomFor({ ...room, memoryBytes: 500 })).toBe('swap');
    const asleep = { ...both, slots: both.slots.map((slot) => ({ ...slot, asleep: true })) };
    expect(roomFor({ ...room, world: asleep, memoryBytes: 300 })).toBe('beside');
  });
});

describe('a service whose model sleeps', () => {
  it('says so, and nothing is left to do', () => {
    const both = serving(['assistant', 1], ['summary', 1]);
    const slots = both.slots.map((slot) => ({ ...slot, asleep: slot.record.service === 'summary' }));
    const input = { world: { ...both, slots }, desired, limits: { ...LIMITS, memoryBytes: 400 } };
    const told = describeServices({ ...input, activity: { progress: new Map() } });
    expect(told.map(({ service, state, revision }) => [service, state, revision])).toEqual([
      ['assistant', 'serving', 1],
      ['summary', 'sleeping', 1],
    ]);
  });
});

describe('a variant whose engine kept ending', () => {
  const alone = desire(['assistant', 1]);
  const variant = placement('assistant', 1);
  const broken: World = {
    ...serving(['assistant', 1]),
    rollback: {
      v: 1,
      services: [],
      failed: [],
      failedVariants: [
        {
          service: 'assistant',
          release: releaseDigest('assistant', 1),
          digest: variant.digest,
          variant: variant.variant,
          bytes: variant.bytes,
          problem: { code: 'engine-crash-loop', detail: 'It ended.' },
          at: 0,
        },
      ],
    },
  };
  const step = (given: World) => {
    const made = plan({ world: { ...given, collected: '' }, desired: alone, limits: LIMITS });
    return made.kind === 'steps' ? made.steps[0] : made;
  };

  it('is replaced by a choice without it, in the same release', () => {
    expect(step(broken)).toMatchObject({ kind: 'resolve-variant', service: 'assistant' });
    const again = new Map([
      [
        releaseDigest('assistant', 1),
        { resolution: resolution('assistant', 1), othersBytes: 0, placement: variant },
      ],
    ]);
    expect(step({ ...broken, choices: again })).toMatchObject({ kind: 'resolve-variant' });
  });

  it('is not brought back after a restart', () => {
    expect(step({ ...broken, slots: [] })).toMatchObject({ kind: 'resolve-variant' });
  });

  it('gives its place to the smaller one, which is checked before it serves', () => {
    const smaller = placement('assistant', 1, { variant: 'small', digest: digest('small') });
    const choices = new Map([
      [
        releaseDigest('assistant', 1),
        { resolution: resolution('assistant', 1), othersBytes: 0, placement: smaller },
      ],
    ]);
    const blobs = new Map([
      ...broken.blobs,
      [digest('small'), { state: 'verified' as const, doneBytes: 100 }],
    ]);
    expect(step({ ...broken, choices, blobs })).toMatchObject({
      kind: 'load-model',
      record: { placement: { variant: 'small' } },
    });
  });
});
