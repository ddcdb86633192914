import { Batch, FailureClass, Gate, Problem, RolloutState, type DeviceProgress } from '@flotilla/contracts';
import type { BatchRow, NewRolloutDevice, RolloutDevice, RolloutRow, Want } from '@flotilla/plane-rollout';
import { z } from 'zod';
import type { RolloutDevices, RolloutsTable } from './database.ts';
import { orNull, orUndefined, readJson } from './json-column.ts';

const BatchRows = z.array(Batch.extend({ upTo: z.string(), soakingSince: z.number().optional() }));

export function toRollout(row: RolloutsTable): RolloutRow {
  const batches: BatchRow[] = readJson(BatchRows, row.batches, `rollouts/${row.id}/batches`);
  return {
    id: row.id,
    service: row.service,
    release: row.release,
    revision: row.revision,
    selector: row.selector,
    state: RolloutState.parse(row.state),
    gate: readJson(Gate, row.gate, `rollouts/${row.id}/gate`),
    batches,
    createdAt: row.created_at,
    createdBy: row.created_by,
    ...(row.started_at !== null && { startedAt: row.started_at }),
    ...(row.ended_at !== null && { endedAt: row.ended_at }),
    ...(row.why !== null && { why: row.why }),
    version: row.version,
  };
}

export function rolloutColumns(rollout: RolloutRow): Omit<RolloutsTable, 'settled'> {
  return {
    id: rollout.id,
    service: rollout.service,
    release: rollout.release,
    revision: rollout.revision,
    selector: rollout.selector,
    state: rollout.state,
    gate: JSON.stringify(rollout.gate),
    batches: JSON.stringify(rollout.batches),
    created_at: rollout.createdAt,
    created_by: rollout.createdBy,
    started_at: orNull(rollout.startedAt),
    ended_at: orNull(rollout.endedAt),
    why: orNull(rollout.why),
    version: rollout.version,
  };
}

export function toRolloutDevice(row: RolloutDevices): RolloutDevice {
  const place = `rollouts/${row.rollout_id}/devices/${row.device_id}/problem`;
  return {
    rolloutId: row.rollout_id,
    deviceId: row.device_id,
    batch: row.batch,
    position: row.position,
    state: row.state as DeviceProgress['state'],
    wanted: row.wanted as Want,
    applied: row.applied as Want,
    generation: row.generation,
    previous:
      row.previous_release === null || row.previous_revision === null
        ? undefined
        : { release: row.previous_release, revision: row.previous_revision },
    phase: orUndefined(row.phase),
    doneBytes: orUndefined(row.done_bytes),
    totalBytes: orUndefined(row.total_bytes),
    variant: orUndefined(row.variant),
    failure: row.failure === null ? undefined : FailureClass.parse(row.failure),
    problem: row.problem === null ? undefined : readJson(Problem, row.problem, place),
    progressAt: row.progress_at,
    updatedAt: orUndefined(row.updated_at),
  };
}

export function newDeviceColumns(
  rollout: Pick<RolloutRow, 'id' | 'service'>,
  device: NewRolloutDevice,
): RolloutDevices {
  return {
    rollout_id: rollout.id,
    device_id: device.deviceId,
    service: rollout.service,
    active_service: rollout.service,
    batch: device.batch,
    position: device.position,
    state: device.state,
    wanted: device.wanted,
    applied: 'none',
    generation: 0,
    previous_release: orNull(device.previous?.release),
    previous_revision: orNull(device.previous?.revision),
    phase: null,
    done_bytes: null,
    total_bytes: null,
    variant: null,
    failure: null,
    problem: null,
    progress_at: device.progressAt,
    updated_at: null,
    observed: 0,
  };
}
