import { gpuBackend, type DeviceDetail, type DeviceFacts, type DeviceSummary } from '@flotilla/contracts';
import { countThings, formatBytes } from '@flotilla/kernel';
import { deviceState, isOnline } from './device-state.ts';
import { diffServices } from './diff-service.ts';
import type { DeviceRow } from './registry-store.ts';

/** A device as lists show it. */
export function summariseDevice(row: DeviceRow, now: number): DeviceSummary {
  const agentVersion = (row.reported?.agent ?? row.agent)?.version;
  return {
    id: row.id,
    name: row.name,
    state: deviceState(row, now),
    labels: row.labels,
    online: isOnline(row, now),
    ...(row.lastSeenAt !== undefined && { lastSeenAt: row.lastSeenAt }),
    joinedAt: row.joinedAt,
    ...(agentVersion !== undefined && { agentVersion }),
    hardware: hardwareLine(row.reported?.facts ?? row.facts),
    services: (row.reported?.services ?? []).map((service) => ({
      service: service.service,
      state: service.state,
      ...(service.revision !== undefined && { revision: service.revision }),
      ...(service.variant && { variant: service.variant.name }),
      ...(service.problem && { problem: service.problem }),
    })),
    generation: { desired: row.desired?.generation ?? 0, reported: row.reported?.generation ?? 0 },
  };
}

/** A device as its page shows it. */
export function detailDevice(row: DeviceRow, now: number): DeviceDetail {
  const facts = row.reported?.facts ?? row.facts;
  const agent = row.reported?.agent ?? row.agent;
  return {
    ...summariseDevice(row, now),
    ...(facts && { facts }),
    ...(agent && { agent }),
    ...(row.reportedAt !== undefined && { reportedAt: row.reportedAt }),
    ...(row.clockOffsetMs !== undefined && { clockOffsetMs: row.clockOffsetMs }),
    ...(row.reported?.boxUrl !== undefined && { boxUrl: row.reported.boxUrl }),
    reported: row.reported?.services ?? [],
    difference: diffServices({ desired: row.desired, reported: row.reported }),
    ...(row.certificate && { certificate: row.certificate }),
  };
}

/** Cores, memory and GPU in one line; `unknown` before the device said anything. */
export function hardwareLine(facts: DeviceFacts | undefined): string {
  if (facts === undefined) return 'unknown';
  const gpu =
    facts.gpus.find((g) => g.backend !== 'none')?.name ??
    (gpuBackend(facts) === 'unknown' ? 'GPU unknown' : 'no GPU');
  const memory = formatBytes(facts.memory.totalBytes);
  return `${countThings(facts.cpu.usableCores, `${facts.cpu.arch} core`)}, ${memory}, ${gpu}`.slice(0, 256);
}
