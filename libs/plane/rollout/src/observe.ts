import { isServing, type Problem, type ReportedService } from '@flotilla/contracts';
import { failureClassOf } from './failure-class.ts';
import type { DeviceChange, RolloutRow, Watched } from './rollout-store.ts';

/**
 * What a device's last word means for its place in the rollout; undefined when nothing changed. Pure.
 *
 * Only a report that answers the generation which told the device counts: an older one speaks of another time.
 * Silence counts while the rollout runs; a paused one asks nothing of its devices.
 */
export function observe(
  { device, word, lastSeenAt }: Watched,
  rollout: RolloutRow,
  now: number,
): DeviceChange | undefined {
  if (device.state === 'waiting' || device.applied !== device.wanted) return undefined;
  const answer = word !== undefined && word.generation >= device.generation ? word : undefined;
  const service = answer?.service;
  const base = { deviceId: device.deviceId, progressAt: now };

  if (service && isServing(service) && service.release === rollout.release) {
    if (device.state === 'succeeded') return silence({ device, word, lastSeenAt }, rollout, now);
    return { ...base, state: 'succeeded', variant: service.variant?.name };
  }
  const problem = problemOf(service, rollout.release, answer?.failedBefore);
  if (problem !== undefined) {
    if (device.state === 'failed' && device.problem?.code === problem.code) return undefined;
    return {
      ...base,
      state: 'failed',
      failure: failureClassOf(problem.code),
      problem,
      variant: service?.variant?.name,
    };
  }
  if (device.state === 'updating' && service?.state === 'changing') {
    const { phase } = service;
    const { doneBytes, totalBytes } = service.progress ?? {};
    if (phase !== device.phase || doneBytes !== device.doneBytes) {
      return { ...base, state: 'updating', phase, doneBytes, totalBytes };
    }
  }
  return silence({ device, word, lastSeenAt }, rollout, now);
}

function problemOf(
  service: ReportedService | undefined,
  release: string,
  failedBefore: string | undefined,
): Problem | undefined {
  const isAboutIt = service !== undefined && (service.target ?? release) === release;
  if (isAboutIt && (service.state === 'failed' || service.state === 'blocked')) {
    // A hold is a person's word on the box, not a failure; if it lasts, silence ends the wait.
    if (service.problem?.code === 'held') return undefined;
    return (
      service.problem ?? { code: 'internal', detail: `The device gave no reason for \`${service.state}\`.` }
    );
  }
  if (failedBefore !== undefined && service?.release !== release) {
    return {
      code: failedBefore,
      detail: 'The release failed on this box before and is not tried again there.',
    };
  }
  return undefined;
}

function silence(
  { device, lastSeenAt }: Watched,
  rollout: RolloutRow,
  now: number,
): DeviceChange | undefined {
  if (rollout.state !== 'running' || device.state === 'failed' || device.state === 'waiting')
    return undefined;
  const { deviceTimeoutMs } = rollout.gate;
  // One that succeeded need not move any more, but it must still be heard; one that updates must move.
  const last =
    device.state === 'succeeded' ? Math.max(device.progressAt, lastSeenAt ?? 0) : device.progressAt;
  if (now - last <= deviceTimeoutMs) return undefined;
  const stood = device.state === 'succeeded' ? 'after it succeeded' : `in phase ${device.phase ?? 'unknown'}`;
  return {
    deviceId: device.deviceId,
    state: 'failed',
    failure: 'timeout',
    progressAt: device.progressAt,
    problem: {
      code: 'timeout',
      detail: `Nothing new for more than ${deviceTimeoutMs} ms ${stood}.`,
      fix: 'See whether the box is on and reaches the control plane.',
    },
  };
}
