import type { Desired, DesiredService, Problem, ServiceName, Sha256 } from '@flotilla/contracts';
import { failureOf, recordOf, type ServiceRecord, type World } from './state.ts';

/** What a service should run now, which is not always what is desired. */
export type Target =
  /** The desired release, or the current one while there is no word from the control plane. */
  | { kind: 'release'; release: Sha256; revision: number; hold: boolean }
  /** The desired release failed here: back to a record that is known to work. */
  | { kind: 'record'; record: ServiceRecord; failed: Problem; failedAt: number }
  /** The desired release failed here and there is nothing to go back to. */
  | { kind: 'nothing'; failed: Problem }
  | { kind: 'gone' };

/** The services that exist in any sense, desired ones first, in the order of the document. */
export function serviceNames(world: World, desired: Desired | undefined): ServiceName[] {
  return [
    ...new Set([
      ...(desired?.services ?? []).map(({ service }) => service),
      ...world.current.services.map(({ service }) => service),
      ...world.slots.map(({ record }) => record.service),
    ]),
  ];
}

export function targetOf(
  world: Pick<World, 'current' | 'rollback'>,
  desired: Desired | undefined,
  service: ServiceName,
): Target {
  const wanted = wantedOf(world, desired, service);
  if (wanted === undefined) return { kind: 'gone' };
  const failure = failureOf(world.rollback.failed, service, wanted.release);
  if (!failure) {
    return {
      kind: 'release',
      release: wanted.release,
      revision: wanted.revision,
      hold: wanted.activation === 'hold',
    };
  }
  const record = lastGood(world, service);
  return record
    ? { kind: 'record', record, failed: failure.problem, failedAt: failure.at }
    : { kind: 'nothing', failed: failure.problem };
}

/** The record to fall back to: the current one, else the one before it, unless they failed too. */
export function lastGood(
  world: Pick<World, 'current' | 'rollback'>,
  service: ServiceName,
): ServiceRecord | undefined {
  return [recordOf(world.current, service), recordOf(world.rollback, service)].find(
    (record) => record && !failureOf(world.rollback.failed, service, record.release),
  );
}

function wantedOf(
  world: Pick<World, 'current'>,
  desired: Desired | undefined,
  service: ServiceName,
): Pick<DesiredService, 'release' | 'revision' | 'activation'> | undefined {
  if (desired) return desired.services.find((entry) => entry.service === service);
  const record = recordOf(world.current, service);
  return record && { release: record.release, revision: record.revision, activation: 'go' };
}
