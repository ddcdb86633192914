import { describe, expect, it } from 'vitest';
import { garbageKey, keptOnDisk } from './garbage.ts';
import { plan } from './plan.ts';
import { samePlacement, type Limits, type World } from './state.ts';
import {
  ADAPTED,
  adapterDigest,
  desire,
  digest,
  EMPTY,
  failed,
  LIMITS,
  onDisk,
  placement,
  record,
  release,
  releaseDigest,
  resolution,
  serving,
  slot,
} from './testing/fixtures.ts';

const collectedOf = (world: World, desired: ReturnType<typeof desire>): string => {
  const kept = keptOnDisk(world, desired);
  return garbageKey({ keepBlobs: [...kept.blobs].sort(), keepReleases: [...kept.releases].sort() });
};

/** `load-model assistant@2` or `blocked assistant agent-too-old` or `reached` */
function planned(
  world: World,
  desired: ReturnType<typeof desire> | undefined,
  limits: Partial<Limits> = {},
): string {
  // What is garbage has its own test; elsewhere nothing new is to be collected.
  const collected = world.collected ?? (desired && collectedOf(world, desired));
  const next = plan({ world: { ...world, collected }, desired, limits: { ...LIMITS, ...limits } });
  if (next.kind === 'reached') return 'reached';
  if (next.kind === 'blocked') {
    return next.blocks.map(({ service, problem }) => `blocked ${service} ${problem.code}`).join(', ');
  }
  return next.steps
    .map((step) => {
      if (step.kind === 'collect-garbage') return step.kind;
      if ('record' in step) {
        const swap = step.kind === 'drain' && step.swapFor !== undefined ? ' to swap' : '';
        return `${step.kind} ${step.service}@${step.record.revision}${swap}`;
      }
      const file = 'file' in step && step.service === ADAPTED ? ` ${step.file.name}` : '';
      return `${step.kind} ${step.service}${file}`;
    })
    .join(', ');
}

const choices = (service: string, revision: number): Pick<World, 'choices'> => ({
  choices: new Map([
    [
      releaseDigest(service, revision),
      {
        resolution: resolution(service, revision),
        othersBytes: 0,
        placement: placement(service, revision),
      },
    ],
  ]),
});

const first = { ...EMPTY, ...onDisk(['assistant', 1]), ...choices('assistant', 1) };
const withBlob = (world: World, state: 'partial' | 'fetched') => ({
  ...world,
  blobs: new Map([[digest('model assistant 1'), { state, doneBytes: 40 }]]),
});

describe('plan, the first release of a service', () => {
  const desired = desire(['assistant', 1]);
  it.each<[given: string, world: World, next: string]>([
    ['nothing on the box', EMPTY, 'fetch-release assistant'],
    ['a release', { ...EMPTY, releases: first.releases }, 'resolve-variant assistant'],
    ['a choice', { ...first, blobs: new Map() }, 'fetch-model assistant'],
    ['a part of the file', withBlob(first, 'partial'), 'fetch-model assistant'],
    ['the whole file', withBlob(first, 'fetched'), 'verify-model assistant'],
    ['the verified file', first, 'load-model assistant@1'],
    [
      'the loaded engine',
      { ...first, slots: [slot('assistant', 1, 'ready', false)] },
      'check-golden assistant@1',
    ],
    [
      'the checked engine',
      { ...first, slots: [slot('assistant', 1, 'ready')] },
      'switch-traffic assistant@1',
    ],
    ['the serving engine', { ...first, slots: [slot('assistant', 1, 'serving')] }, 'commit assistant@1'],
    ['the committed release', { ...serving(['assistant', 1]), ...choices('assistant', 1) }, 'reached'],
  ])('with %s', (_, world, next) => {
    expect(planned(world, desired)).toBe(next);
  });
});

describe('plan, a change of the adapter alone', () => {
  const desired = desire([ADAPTED, 2]);
  const before = {
    ...serving([ADAPTED, 1]),
    ...onDisk([ADAPTED, 1]),
    releases: onDisk([ADAPTED, 1], [ADAPTED, 2]).releases,
    ...choices(ADAPTED, 2),
  };
  const withAdapter = (state: 'partial' | 'fetched' | 'verified'): World => ({
    ...before,
    blobs: new Map(before.blobs).set(adapterDigest(2), { state, doneBytes: 4 }),
  });
  const old = slot(ADAPTED, 1, 'serving');

  it.each<[given: string, world: World, next: string]>([
    ['the model on the disk', before, 'fetch-model tagger adapter-2'],
    ['a part of the adapter', withAdapter('partial'), 'fetch-model tagger adapter-2'],
    ['the whole adapter', withAdapter('fetched'), 'verify-model tagger adapter-2'],
    ['the verified adapter', withAdapter('verified'), 'load-model tagger@2'],
    [
      'the engine loaded beside',
      { ...withAdapter('verified'), slots: [old, slot(ADAPTED, 2, 'ready', false)] },
      'check-golden tagger@2',
    ],
  ])('with %s', (_, world, next) => {
    expect(planned(world, desired)).toBe(next);
  });

  it('does not bring a release back whose adapter is gone from the disk, but fetches it', () => {
    const lost = { ...serving([ADAPTED, 1]), slots: [] };
    const blobs = new Map([...lost.blobs].filter(([key]) => key !== adapterDigest(1)));
    expect(planned({ ...lost, blobs }, desire([ADAPTED, 1]))).toBe('fetch-model tagger adapter-1');
    expect(planned(lost, desire([ADAPTED, 1]))).toBe('load-model tagger@1');
  });

  it('counts a stronger adapter as another way to run', () => {
    const [one, other] = [placement(ADAPTED, 1), placement(ADAPTED, 1)];
    expect(samePlacement(one, other)).toBe(true);
    if (other.adapter) other.adapter.scale = 2;
    expect(samePlacement(one, other)).toBe(false);
    expect(samePlacement(one, { ...one, adapter: undefined })).toBe(false);
  });
});

describe('plan, a change from one release to the next', () => {
  const desired = desire(['assistant', 2]);
  const both = {
    ...serving(['assistant', 1]),
    ...onDisk(['assistant', 1], ['assistant', 2]),
    ...choices('assistant', 2),
  };
  const old = slot('assistant', 1, 'serving');
  it.each<[given: string, world: World, next: string]>([
    ['both on the disk', both, 'load-model assistant@2'],
    [
      'the new one loaded beside',
      { ...both, slots: [old, slot('assistant', 2, 'ready', false)] },
      'check-golden assistant@2',
    ],
    [
      'traffic switched',
      { ...both, slots: [slot('assistant', 1, 'draining'), slot('assistant', 2, 'serving')] },
      'drain assistant@1',
    ],
    ['the old one gone', { ...both, slots: [slot('assistant', 2, 'serving')] }, 'commit assistant@2'],
    ['a kill before the switch', { ...both, slots: [] }, 'load-model assistant@1'],
    [
      'the current one loaded after the kill',
      { ...both, slots: [slot('assistant', 1, 'ready', false)] },
      'switch-traffic assistant@1',
    ],
  ])('with %s', (_, world, next) => {
    expect(planned(world, desired)).toBe(next);
  });

  it('unloads the old engine first where memory holds only one', () => {
    expect(planned(both, desired, { memoryBytes: 400 })).toBe('drain assistant@1 to swap');
    const swapping = { ...both, slots: [], swaps: new Map([['assistant', releaseDigest('assistant', 2)]]) };
    expect(planned(swapping, desired, { memoryBytes: 400 })).toBe('load-model assistant@2');
  });

  it('unloads the old engine first where too little memory is free at this moment', () => {
    expect(planned(both, desired, { availableBytes: 299 })).toBe('drain assistant@1 to swap');
    expect(planned(both, desired, { availableBytes: 300 })).toBe('load-model assistant@2');
  });

  it('brings the current one back when the desired document changes in the middle of a swap', () => {
    const swapping = { ...both, slots: [], swaps: new Map([['assistant', releaseDigest('assistant', 2)]]) };
    expect(planned(swapping, desire(['assistant', 3]), { memoryBytes: 400 })).toBe('load-model assistant@1');
  });

  it('drops an engine that was loaded for a release nobody wants any more', () => {
    const world = { ...both, slots: [old, slot('assistant', 2, 'ready')] };
    const third = {
      ...world,
      releases: new Map([...world.releases, [releaseDigest('assistant', 3), release('assistant', 3)]]),
    };
    const ready = {
      ...third,
      ...choices('assistant', 3),
      blobs: new Map([
        ...third.blobs,
        [digest('model assistant 3'), { state: 'verified' as const, doneBytes: 100 }],
      ]),
    };
    expect(planned(ready, desire(['assistant', 3]))).toBe('drain assistant@2');
  });

  it('drops an engine that was loaded for a change which was taken back before it had traffic', () => {
    const world = { ...both, slots: [old, slot('assistant', 2, 'ready')] };
    expect(planned(world, desire(['assistant', 1]))).toBe('drain assistant@2');
    expect(planned(world, desire(['assistant', 3]))).toBe('drain assistant@2');
    expect(planned({ ...world, slots: [old] }, desire(['assistant', 1]))).toBe('reached');
  });

  it('drops an engine of the release that serves, when it was loaded to run in another way', () => {
    const smaller = placement('assistant', 1, { sequences: 1 });
    const resized = {
      ...slot('assistant', 1, 'ready'),
      record: record('assistant', 1, { placement: smaller }),
    };
    expect(planned({ ...both, slots: [old, resized] }, desire(['assistant', 1]))).toBe('drain assistant@1');
  });

  it('collects garbage once what is to be kept has changed, and keeps the way back and what is pinned', () => {
    const after = {
      ...serving(['assistant', 2]),
      ...onDisk(['assistant', 1], ['assistant', 2]),
      rollback: { v: 1 as const, services: [record('assistant', 1)], failed: [] },
    };
    expect(planned({ ...after, collected: 'before' }, desired)).toBe('collect-garbage');
    expect(planned(after, desired)).toBe('reached');
    const bothModels = [digest('model assistant 1'), digest('model assistant 2')].sort();
    expect([...keptOnDisk(after, desired).blobs].sort()).toEqual(bothModels);
    const pinned = { ...desired, pinned: [releaseDigest('assistant', 1)] };
    expect([...keptOnDisk({ ...after, rollback: EMPTY.rollback }, pinned).blobs].sort()).toEqual(bothModels);
    expect([...keptOnDisk({ ...after, rollback: EMPTY.rollback }, desired).blobs]).toEqual([
      digest('model assistant 2'),
    ]);
  });
});

describe('plan, what stops a change', () => {
  it('fetches and verifies a held release, and stops before traffic', () => {
    const world = {
      ...serving(['assistant', 1]),
      ...onDisk(['assistant', 1], ['assistant', 2]),
      ...choices('assistant', 2),
    };
    expect(planned(world, desire(['assistant', 2, 'hold']))).toBe('blocked assistant held');
    expect(
      planned({ ...world, blobs: serving(['assistant', 1]).blobs }, desire(['assistant', 2, 'hold'])),
    ).toBe('fetch-model assistant');
  });

  it('does not hold what serves already', () => {
    expect(planned(serving(['assistant', 1]), desire(['assistant', 1, 'hold']))).toBe('reached');
  });

  it('refuses a release that asks for what this agent cannot do', () => {
    const releases = new Map([
      [releaseDigest('assistant', 1), release('assistant', 1, { requires: ['telepathy-v9'] })],
    ]);
    expect(planned({ ...EMPTY, releases }, desire(['assistant', 1]))).toBe('blocked assistant agent-too-old');
  });

  it('says that nothing fits, and looks again when the others give memory back', () => {
    const none = { resolution: resolution('assistant', 1), othersBytes: 300 };
    const world = { ...first, choices: new Map([[releaseDigest('assistant', 1), none]]) };
    const beside = { ...serving(['summary', 1]), choices: world.choices };
    const crowded = {
      ...beside,
      releases: new Map([...beside.releases, ...world.releases]),
      blobs: new Map([...beside.blobs, ...world.blobs]),
    };
    expect(planned(crowded, desire(['assistant', 1], ['summary', 1]))).toBe('blocked assistant did-not-fit');
    expect(planned(world, desire(['assistant', 1]))).toBe('resolve-variant assistant');
  });

  it('frees garbage before it says that the disk is full', () => {
    const world = { ...first, blobs: new Map() };
    const desired = desire(['assistant', 1]);
    expect(planned({ ...world, collected: 'before' }, desired, { freeDiskBytes: 99 })).toBe(
      'collect-garbage',
    );
    expect(planned(world, desired, { freeDiskBytes: 99 })).toBe('blocked assistant disk-full');
  });

  it('waits for a service that failed a moment ago and goes on with the others', () => {
    const retrying = new Map([['assistant', { code: 'download-failed', detail: 'The link is down.' }]]);
    const desired = desire(['assistant', 1], ['summary', 1]);
    expect(planned({ ...EMPTY, retrying }, desired)).toBe('fetch-release summary');
    expect(planned({ ...EMPTY, retrying }, desire(['assistant', 1]))).toBe(
      'blocked assistant download-failed',
    );
  });
});

describe('plan, after a failure', () => {
  const both = {
    ...serving(['assistant', 1]),
    ...onDisk(['assistant', 1], ['assistant', 2]),
    ...choices('assistant', 2),
  };
  const rollback = { v: 1 as const, services: [], failed: [failed('assistant', 2)] };

  it('unloads the failed release and leaves the old one serving', () => {
    const world = {
      ...both,
      rollback,
      slots: [slot('assistant', 1, 'serving'), slot('assistant', 2, 'ready', false)],
    };
    expect(planned(world, desire(['assistant', 2]))).toBe('roll-back assistant');
    expect(planned({ ...world, slots: [slot('assistant', 1, 'serving')] }, desire(['assistant', 2]))).toBe(
      'blocked assistant golden-prompt-failed',
    );
  });

  it('does not try a failed release again', () => {
    const world = { ...first, rollback: { v: 1 as const, services: [], failed: [failed('assistant', 1)] } };
    expect(planned(world, desire(['assistant', 1]))).toBe('blocked assistant golden-prompt-failed');
  });

  it('goes back to the release before when the current one fails in service', () => {
    const world = {
      ...serving(['assistant', 2]),
      ...onDisk(['assistant', 1], ['assistant', 2]),
      rollback: {
        v: 1 as const,
        services: [record('assistant', 1)],
        failed: [failed('assistant', 2, 'engine-crash-loop')],
      },
    };
    expect(planned(world, desire(['assistant', 2]))).toBe('roll-back assistant');
    expect(planned({ ...world, slots: [] }, desire(['assistant', 2]))).toBe('load-model assistant@1');
    expect(
      planned({ ...world, slots: [slot('assistant', 1, 'ready', false)] }, desire(['assistant', 2])),
    ).toBe('switch-traffic assistant@1');
    expect(planned({ ...world, slots: [slot('assistant', 1, 'serving')] }, desire(['assistant', 2]))).toBe(
      'commit assistant@1',
    );
  });

  it('leaves a limping engine alone where there is nothing to go back to', () => {
    const world = {
      ...serving(['assistant', 1]),
      rollback: { v: 1 as const, services: [], failed: [failed('assistant', 1, 'engine-crash-loop')] },
    };
    expect(planned(world, desire(['assistant', 1]))).toBe('blocked assistant engine-crash-loop');
  });
});

describe('plan, several services and no word from the control plane', () => {
  it('serves what it served, without any desired document', () => {
    const world = { ...serving(['assistant', 1]), slots: [] };
    expect(planned(world, undefined)).toBe('load-model assistant@1');
    expect(planned(serving(['assistant', 1]), undefined)).toBe('reached');
  });

  it('brings every service back before it changes one', () => {
    const world = { ...serving(['assistant', 1], ['summary', 1]), slots: [slot('assistant', 1, 'serving')] };
    expect(planned(world, desire(['assistant', 2], ['summary', 1]))).toBe('load-model summary@1');
  });

  it('retires a service before another one is changed, since that gives memory back', () => {
    const world = serving(['assistant', 1], ['summary', 1]);
    expect(planned(world, desire(['assistant', 2]))).toBe('retire summary');
  });

  it('counts the memory of all services', () => {
    const world = {
      ...serving(['summary', 1]),
      ...onDisk(['summary', 1], ['assistant', 1]),
      ...choices('assistant', 1),
    };
    const desired = desire(['summary', 1], ['assistant', 1]);
    expect(planned(world, desired, { memoryBytes: 600 })).toBe('load-model assistant@1');
    expect(planned(world, desired, { memoryBytes: 500 })).toBe('resolve-variant assistant');
  });

  it('sizes anew when the limits of the box change, and writes them down when the answer is the same', () => {
    const world = serving(['assistant', 1]);
    const limits = { key: 'limits-2', memoryBytes: 1_000 };
    expect(planned(world, desire(['assistant', 1]), limits)).toBe('resolve-variant assistant');
    expect(planned({ ...world, ...choices('assistant', 1) }, desire(['assistant', 1]), limits)).toBe(
      'commit assistant@1',
    );
  });
});
