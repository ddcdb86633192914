import {
  AgentInfo,
  Desired,
  DeviceFacts,
  DevicePolicy,
  gpuBackend,
  Labels,
  Reported,
  type DeviceFacts as Facts,
  type Selector,
} from '@flotilla/contracts';
import type { DeviceRow, SettledState } from '@flotilla/plane-registry';
import type { ExpressionBuilder, ExpressionWrapper, SqlBool } from 'kysely';
import type { Database, Devices } from './database.ts';
import { orUndefined, readJson } from './json-column.ts';

export interface DeviceDocuments {
  report: string | null;
  facts: string | null;
  agent: string | null;
  desired: string | null;
}

/** A row of the tables as the registry knows it. */
export function toDeviceRow(row: Devices, documents: DeviceDocuments): DeviceRow {
  const at = `devices/${row.id}`;
  const { report, facts, agent, desired } = documents;
  return {
    id: row.id,
    name: row.name,
    labels: readJson(Labels, row.labels, `${at}/labels`),
    joinedAt: row.joined_at,
    joinTokenId: row.join_token_id,
    keyFingerprint: row.key_fingerprint,
    revokedAt: orUndefined(row.revoked_at),
    online: row.online === 1,
    session: orUndefined(row.session),
    lastSeenAt: orUndefined(row.last_seen_at),
    silentAt: row.silent_at,
    clockOffsetMs: orUndefined(row.clock_offset_ms),
    policy: readJson(DevicePolicy, row.policy, `${at}/policy`),
    settled: row.settled as SettledState,
    facts: facts === null ? undefined : readJson(DeviceFacts, facts, `${at}/facts`),
    agent: agent === null ? undefined : readJson(AgentInfo, agent, `${at}/agent`),
    reported: report === null ? undefined : readJson(Reported, report, `${at}/report`),
    reportedAt: orUndefined(row.reported_at),
    desired: desired === null ? undefined : readJson(Desired, desired, `${at}/desired`),
    certificate:
      row.certificate_serial === null || row.certificate_not_after === null
        ? undefined
        : { serial: row.certificate_serial, notAfter: row.certificate_not_after },
  };
}

/** What selectors ask of the hardware, in columns. */
export function hardwareColumns(facts: Facts | undefined): Pick<Devices, 'hw_os' | 'hw_arch' | 'hw_gpu'> {
  return {
    hw_os: facts?.os.platform ?? null,
    hw_arch: facts?.cpu.arch ?? null,
    hw_gpu: gpuBackend(facts),
  };
}

/** The devices of a selector, as SQL; equal to `matchesSelector` of contracts. */
export function whereSelected(
  eb: ExpressionBuilder<Database, 'devices'>,
  selector: Selector,
): ExpressionWrapper<Database, 'devices', SqlBool> {
  return eb.and(
    selector.all.map(({ key, value }) => {
      switch (key) {
        case 'device':
          return eb('devices.id', '=', value);
        case 'hw.os':
          return eb('devices.hw_os', '=', value);
        case 'hw.arch':
          return eb('devices.hw_arch', '=', value);
        case 'hw.gpu':
          return eb('devices.hw_gpu', '=', value);
        default:
          return eb.exists(
            eb
              .selectFrom('device_labels')
              .select('device_labels.key')
              .whereRef('device_labels.device_id', '=', 'devices.id')
              .where('device_labels.key', '=', key)
              .where('device_labels.value', '=', value),
          );
      }
    }),
  );
}
