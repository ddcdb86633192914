import type { Desired, Problem, ServiceName } from '@flotilla/contracts';
import { garbageStep } from './garbage.ts';
import { memoryOfOthers, memoryOfSlots, memoryThatStays, memoryToGiveBack, roomFor } from './memory-room.ts';
import {
  failureOf,
  filesOf,
  recordOf,
  sameRun,
  variantFailed,
  type Choice,
  type Limits,
  type ModelFile,
  type ServiceRecord,
  type Slot,
  type World,
} from './state.ts';
import type { Step } from './step.ts';
import { lastGood, targetOf, type Target } from './target.ts';

export type ServicePlan =
  /** `urgent`: it brings back or finishes what serves, and goes before every change. */
  | { kind: 'step'; step: Step; urgent: boolean }
  | { kind: 'reached' }
  /** `retry`: it may pass by itself; otherwise something must change first. */
  | { kind: 'blocked'; problem: Problem; retry: boolean };

export interface PlanInput {
  world: World;
  desired: Desired | undefined;
  limits: Limits;
}

interface ServiceInput extends PlanInput {
  service: ServiceName;
  target: Target;
  current: ServiceRecord | undefined;
  slots: readonly Slot[];
}

/** The next safe step of one service, whatever the others need. */
export function planService(input: PlanInput & { service: ServiceName }): ServicePlan {
  const { world, desired, service } = input;
  const retrying = world.retrying.get(service);
  if (retrying) return { kind: 'blocked', problem: retrying, retry: true };
  const all: ServiceInput = {
    ...input,
    target: targetOf(world, desired, service),
    current: recordOf(world.current, service),
    slots: world.slots.filter(({ record }) => record.service === service),
  };
  const urgent = rollBack(all) ?? finishSwitch(all) ?? restore(all);
  if (urgent) return { kind: 'step', step: urgent, urgent: true };
  const stray = dropStray(all);
  return stray ? step(stray) : change(all);
}

/** An engine of a failed release goes, unless it is all that the service has. */
function rollBack({ world, service, slots }: ServiceInput): Step | undefined {
  const failed = slots.find(
    ({ record, stage }) =>
      failureOf(world.rollback.failed, service, record.release) &&
      (stage === 'ready' || lastGood(world, service) !== undefined),
  );
  return failed && { kind: 'roll-back', service, release: failed.record.release };
}

/** After traffic was switched: the old engine ends its work, then the new state is written down. */
function finishSwitch({ world, service, slots, target, current }: ServiceInput): Step | undefined {
  if (target.kind === 'gone') return undefined;
  const draining = slots.find(({ stage }) => stage === 'draining');
  if (draining) return { kind: 'drain', service, record: draining.record };
  const serving = slots.find(({ stage }) => stage === 'serving');
  if (!serving || failureOf(world.rollback.failed, service, serving.record.release)) return undefined;
  if (current && sameRun(serving.record, current)) return undefined;
  return { kind: 'commit', service, record: serving.record };
}

/** What served before the restart serves again before anything else is looked at. */
function restore({ world, service, slots, target, current }: ServiceInput): Step | undefined {
  if (target.kind === 'gone' || !current || failureOf(world.rollback.failed, service, current.release)) {
    return undefined;
  }
  if (slots.some(({ stage }) => stage === 'serving')) return undefined;
  if (hasFailedVariant(world, current)) return undefined;
  if (target.kind === 'release' && world.swaps.get(service) === target.release) return undefined;
  if (filesOf(current.placement).some(({ digest }) => world.blobs.get(digest)?.state !== 'verified')) {
    return undefined;
  }
  if (!world.releases.has(current.release)) return undefined;
  return toTraffic({ service, slots, record: current });
}

/** Loads and switches without a new check: for what has served on this box before. */
function toTraffic({
  service,
  slots,
  record,
}: Pick<ServiceInput, 'service' | 'slots'> & { record: ServiceRecord }): Step {
  const stray = slots.find((slot) => slot.stage === 'ready' && !sameRun(slot.record, record));
  if (stray) return { kind: 'drain', service, record: stray.record };
  const ready = slots.some((slot) => slot.stage === 'ready');
  return ready
    ? { kind: 'switch-traffic', service, record }
    : { kind: 'load-model', service, record, mayStayAsleep: true };
}

function hasFailedVariant(
  { rollback }: Pick<World, 'rollback'>,
  { release, placement }: ServiceRecord,
): boolean {
  return variantFailed(rollback, { release, digest: placement.digest });
}

/** An engine loaded for a change that was taken back before it had traffic gives its memory back. */
function dropStray({ service, slots, target }: ServiceInput): Step | undefined {
  if (target.kind !== 'release' || !slots.some(({ stage }) => stage === 'serving')) return undefined;
  const stray = slots.find(({ record, stage }) => stage === 'ready' && record.release !== target.release);
  return stray && { kind: 'drain', service, record: stray.record };
}

/** From what serves to what should. */
function change(input: ServiceInput): ServicePlan {
  const { target, slots, service, world, current } = input;
  switch (target.kind) {
    case 'gone': {
      const known = current ?? recordOf(world.rollback, service) ?? slots[0];
      return known ? step({ kind: 'retire', service }) : { kind: 'reached' };
    }
    case 'nothing':
      return { kind: 'blocked', problem: target.failed, retry: false };
    case 'record': {
      const back = changeTo({ ...input, record: target.record, trusted: true });
      if (back.kind === 'reached') return { kind: 'blocked', problem: target.failed, retry: false };
      return back.kind === 'step' ? { ...back, urgent: true } : back;
    }
    case 'release':
      return changeToRelease({ ...input, target });
  }
}

function changeToRelease(
  input: ServiceInput & { target: Extract<Target, { kind: 'release' }> },
): ServicePlan {
  const { world, limits, service, target, current } = input;
  const release = world.releases.get(target.release);
  if (!release) return step({ kind: 'fetch-release', service, release: target.release });
  const missing = release.requires.filter((capability) => !limits.capabilities.includes(capability));
  if (missing.length > 0) return blocked(agentTooOld(input, missing));

  const holds = current?.release === target.release && !hasFailedVariant(world, current);
  if (holds && current.limitsKey === limits.key) {
    return changeTo({ ...input, record: current, trusted: true });
  }
  const othersBytes = memoryOfOthers(world, service);
  const choice = world.choices.get(target.release);
  const digest = choice?.placement?.digest;
  const failed = digest !== undefined && variantFailed(world.rollback, { release: target.release, digest });
  if (!choice || failed || isOutdated(choice, { othersBytes, memoryBytes: limits.memoryBytes })) {
    const ownBytes = memoryOfSlots(world, service);
    const stays = memoryThatStays(world, service);
    const shared =
      stays === othersBytes
        ? {}
        : { shared: { othersBytes: stays, ownBytes: ownBytes + memoryToGiveBack(world, service) } };
    return step({
      kind: 'resolve-variant',
      service,
      release: target.release,
      othersBytes,
      ownBytes,
      ...shared,
    });
  }
  if (!choice.placement) return blocked(choice.problem ?? nothingFits(input));
  const record: ServiceRecord = {
    service,
    release: target.release,
    revision: target.revision,
    placement: choice.placement,
    resolution: choice.resolution,
    limitsKey: limits.key,
  };
  if (current && sameRun(current, record)) {
    // Chosen anew under other limits, and it is what serves already: only the limits are written down.
    const serves = input.slots.some(
      ({ stage, record: slot }) => stage === 'serving' && sameRun(slot, record),
    );
    if (serves) return step({ kind: 'commit', service, record });
  }
  return changeTo({ ...input, record, trusted: false });
}

/** The other services have taken or given back memory since, and that may change the answer. */
function isOutdated(
  choice: Choice,
  { othersBytes, memoryBytes }: { othersBytes: number; memoryBytes: number },
): boolean {
  if (othersBytes === choice.othersBytes) return false;
  if (!choice.placement) return othersBytes < choice.othersBytes;
  return choice.placement.need.totalBytes + othersBytes > memoryBytes;
}

function changeTo(input: ServiceInput & { record: ServiceRecord; trusted: boolean }): ServicePlan {
  const { world, limits, service, slots, record, trusted, target } = input;
  const { placement, release } = record;
  if (slots.some((slot) => slot.stage === 'serving' && sameRun(slot.record, record))) {
    const unused = slots.find((slot) => slot.stage === 'ready');
    return unused ? step({ kind: 'drain', service, record: unused.record }) : { kind: 'reached' };
  }

  if (!world.releases.has(release)) return step({ kind: 'fetch-release', service, release });
  for (const file of filesOf(placement)) {
    const blob = world.blobs.get(file.digest);
    if (blob?.state === 'verified') continue;
    if (blob?.state === 'fetched') return step({ kind: 'verify-model', service, release, file });
    const neededBytes = file.bytes - (blob?.doneBytes ?? 0);
    if (limits.freeDiskBytes === undefined || limits.freeDiskBytes >= neededBytes) {
      return step({ kind: 'fetch-model', service, release, file });
    }
    const garbage = garbageStep(world, input.desired);
    return garbage
      ? step(garbage)
      : blocked(diskFull(service, file, neededBytes, limits.freeDiskBytes), true);
  }
  if (target.kind === 'release' && target.hold && input.current?.release !== release) {
    return blocked(held(record));
  }

  const stray = slots.find((slot) => slot.stage === 'ready' && !sameRun(slot.record, record));
  if (stray) return step({ kind: 'drain', service, record: stray.record });
  const ready = slots.find((slot) => slot.stage === 'ready');
  if (!ready) return load(input);
  if (!ready.checked && !trusted) return step({ kind: 'check-golden', service, record });
  return step({ kind: 'switch-traffic', service, record });
}

function load({
  world,
  limits,
  service,
  slots,
  record,
}: ServiceInput & { record: ServiceRecord }): ServicePlan {
  const needBytes = record.placement.need.totalBytes;
  const old = slots[0];
  const { memoryBytes, availableBytes } = limits;
  switch (roomFor({ world, service, needBytes, memoryBytes, availableBytes })) {
    case 'beside':
      return step({ kind: 'load-model', service, record });
    case 'swap':
      if (old) return step({ kind: 'drain', service, record: old.record, swapFor: record.release });
      return step({ kind: 'load-model', service, record });
    case 'none':
      return blocked({
        code: 'did-not-fit',
        detail: `${record.placement.variant} needs ${needBytes} bytes of memory; all services together may take ${limits.memoryBytes}, and those that stay loaded take ${memoryThatStays(world, service)}.`,
        about: service,
        fix: 'Raise the memory cap of the device, or take another service off it.',
      });
  }
}

function step(next: Step): ServicePlan {
  return { kind: 'step', step: next, urgent: false };
}

function blocked(problem: Problem, retry = false): ServicePlan {
  return { kind: 'blocked', problem, retry };
}

function agentTooOld({ service, target }: ServiceInput, missing: readonly string[]): Problem {
  const revision = target.kind === 'release' ? `@${target.revision}` : '';
  return {
    code: 'agent-too-old',
    detail: `${service}${revision} requires ${missing.join(', ')}, which this agent does not know.`,
    about: service,
    fix: 'Update the agent on this device.',
  };
}

function nothingFits({ service }: ServiceInput): Problem {
  return {
    code: 'did-not-fit',
    detail: `No candidate of ${service} fits this device.`,
    about: service,
    fix: 'Add a smaller variant to the release, or raise the memory cap of the device.',
  };
}

function diskFull(service: string, { name }: ModelFile, neededBytes: number, freeBytes: number): Problem {
  return {
    code: 'disk-full',
    detail: `${name} needs ${neededBytes} more bytes of disk; ${freeBytes} are free.`,
    about: service,
    fix: 'Free disk space on the file system of the data folder.',
  };
}

function held({ service, revision }: ServiceRecord): Problem {
  return {
    code: 'held',
    detail: `${service}@${revision} is fetched and verified; the control plane holds its activation.`,
    about: service,
    fix: 'Resume the rollout.',
  };
}
