import type { Desired, Release, Sha256 } from '@flotilla/contracts';
import { garbageKey } from '../garbage.ts';
import { plan, type Plan } from '../plan.ts';
import { recordOf, sameRun, standingFailures, type Limits, type World } from '../state.ts';
import { releaseOf, serviceOf, type Step } from '../step.ts';
import { placement, resolution } from './fixtures.ts';

/** What a step changes on a box where everything goes well. Pure. */
export function applyStep(
  world: World,
  step: Step,
  catalogue: ReadonlyMap<Sha256, Release>,
  limits: Limits,
): World {
  switch (step.kind) {
    case 'fetch-release': {
      const release = catalogue.get(step.release);
      return release ? { ...world, releases: new Map(world.releases).set(step.release, release) } : world;
    }
    case 'resolve-variant': {
      const { revision } = catalogue.get(step.release) ?? { revision: 0 };
      const chosen = placement(step.service, revision);
      const choice = {
        resolution: resolution(step.service, revision),
        othersBytes: step.othersBytes,
        ...(chosen.need.totalBytes + step.othersBytes <= limits.memoryBytes ? { placement: chosen } : {}),
      };
      return { ...world, choices: new Map(world.choices).set(step.release, choice) };
    }
    case 'fetch-model':
      return setBlob(world, step.file.digest, 'fetched');
    case 'verify-model':
      return setBlob(world, step.file.digest, 'verified');
    case 'load-model':
      return { ...world, slots: [...world.slots, { record: step.record, stage: 'ready', checked: false }] };
    case 'check-golden':
      return mapSlots(world, (slot) =>
        sameRun(slot.record, step.record) ? { ...slot, checked: true } : slot,
      );
    case 'switch-traffic': {
      const swaps = new Map(world.swaps);
      swaps.delete(step.service);
      return {
        ...mapSlots(world, (slot) => {
          if (slot.record.service !== step.service) return slot;
          return { ...slot, stage: sameRun(slot.record, step.record) ? 'serving' : 'draining' };
        }),
        swaps,
      };
    }
    case 'drain': {
      const swaps = new Map(world.swaps);
      if (step.swapFor !== undefined) swaps.set(step.service, step.swapFor);
      const slots = world.slots.filter(
        ({ record }) => record.service !== step.service || !sameRun(record, step.record),
      );
      return { ...world, slots, swaps };
    }
    case 'commit': {
      const previous = recordOf(world.current, step.service);
      const changed = previous && previous.release !== step.record.release;
      const good = changed && !world.rollback.failed.some(({ release }) => release === previous.release);
      const rest = (records: World['current']['services']) =>
        records.filter(({ service }) => service !== step.service);
      const back = good ? previous : recordOf(world.rollback, step.service);
      const keep = back && back.release !== step.record.release ? [back] : [];
      return {
        ...world,
        current: { v: 1, services: [...rest(world.current.services), step.record] },
        rollback: { ...world.rollback, services: [...rest(world.rollback.services), ...keep] },
      };
    }
    case 'roll-back': {
      const swaps = new Map(world.swaps);
      swaps.delete(step.service);
      return { ...world, swaps, slots: world.slots.filter(({ record }) => record.release !== step.release) };
    }
    case 'retire': {
      const rest = <T extends { service: string }>(records: readonly T[]) =>
        records.filter(({ service }) => service !== step.service);
      return {
        ...world,
        slots: world.slots.filter(({ record }) => record.service !== step.service),
        current: { v: 1, services: rest(world.current.services) },
        rollback: { ...world.rollback, services: rest(world.rollback.services) },
      };
    }
    case 'collect-garbage':
      return {
        ...world,
        blobs: new Map([...world.blobs].filter(([digest]) => step.keepBlobs.includes(digest))),
        releases: new Map([...world.releases].filter(([digest]) => step.keepReleases.includes(digest))),
        collected: garbageKey(step),
      };
  }
}

/** What a step that fails for good changes: its release is written down. */
export function failStep(world: World, step: Step): World {
  const release = releaseOf(step);
  const service = serviceOf(step);
  if (release === undefined || service === undefined) return world;
  const failure = {
    service,
    release,
    revision: 1,
    problem: { code: 'load-failed', detail: 'It went wrong.' },
    at: 0,
  };
  return { ...world, rollback: { ...world.rollback, failed: [...world.rollback.failed, failure] } };
}

/** The box after a kill: engines and what was only remembered are gone. */
export function restartBox(world: World): World {
  return { ...world, slots: [], swaps: new Map(), choices: new Map(), retrying: new Map() };
}

export interface Run {
  world: World;
  end: Plan;
  steps: Step[];
  /** Every world on the way, the first and the last included. */
  worlds: World[];
}

/** Plans and applies until nothing is left to do; `onStep` may put another world in the place of the one a step makes. */
export function runBox({
  world,
  desired,
  limits,
  catalogue,
  onStep = (next) => next,
}: {
  world: World;
  desired: Desired | undefined;
  limits: Limits;
  catalogue: ReadonlyMap<Sha256, Release>;
  onStep?: (next: World, step: Step, before: World, index: number) => World;
}): Run {
  const steps: Step[] = [];
  const worlds = [world];
  for (let now = world; steps.length < 200;) {
    const next = plan({ world: withStanding(now, desired), desired, limits });
    if (next.kind !== 'steps') return { world: now, end: next, steps, worlds };
    const [step] = next.steps;
    now = onStep(applyStep(now, step, catalogue, limits), step, now, steps.length);
    steps.push(step);
    worlds.push(now);
  }
  throw new RangeError(
    `no end after 200 steps: ${steps
      .slice(-10)
      .map(({ kind }) => kind)
      .join(' ')}`,
  );
}

function withStanding(world: World, desired: Desired | undefined): World {
  if (!desired) return world;
  const failed = standingFailures({ failed: world.rollback.failed, desired, current: world.current });
  return { ...world, rollback: { ...world.rollback, failed } };
}

function setBlob(world: World, digest: Sha256, state: 'fetched' | 'verified'): World {
  return { ...world, blobs: new Map(world.blobs).set(digest, { state, doneBytes: 100 }) };
}

function mapSlots(world: World, change: (slot: World['slots'][number]) => World['slots'][number]): World {
  return { ...world, slots: world.slots.map(change) };
}
