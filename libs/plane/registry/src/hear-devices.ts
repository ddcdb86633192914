import { isServing, type DeviceStatus, type Reported, type ReportedService } from '@flotilla/contracts';
import { settledState, silenceMs } from './device-state.ts';
import type { RegistryDeps } from './create-registry.ts';
import type { Registry } from './registry.ts';
import type { DevicePatch, DeviceRow } from './registry-store.ts';

type Hearing = Pick<Registry, 'markStatus' | 'heard' | 'takeReported' | 'assumeAllOffline'>;

/** Telemetry comes every few seconds; noting each would double the writes, and silence is counted in minutes. */
const HEARD_EVERY_MS = 60_000;
const MOST_REMEMBERED = 100_000;

/** What devices say. */
export function hearDevices({ store, events }: RegistryDeps): Hearing {
  const heardAt = new Map<string, number>();

  return {
    async markStatus(deviceId, status, receivedAt) {
      const done = await store.changeDevice(deviceId, (row) => afterStatus(row, status, receivedAt));
      if (done === undefined || done.before.online === done.after.online) return;
      const { name, online } = done.after;
      await events.append({
        kind: online ? 'device-online' : 'device-offline',
        deviceId,
        text: online ? `${name} is online.` : `${name} went offline.`,
      });
    },

    async heard(deviceId, receivedAt) {
      if (receivedAt - (heardAt.get(deviceId) ?? 0) < HEARD_EVERY_MS) return;
      if (heardAt.size >= MOST_REMEMBERED) heardAt.clear();
      heardAt.set(deviceId, receivedAt);
      const device = await store.presence(deviceId);
      if (device === undefined) return;
      await store.touch(deviceId, {
        lastSeenAt: receivedAt,
        silentAt: receivedAt + silenceMs(device.policy),
      });
    },

    async takeReported(deviceId, reported, receivedAt) {
      const done = await store.changeDevice(deviceId, (row) => afterReported(row, reported, receivedAt));
      if (done === undefined || done.before.reported === done.after.reported) return;
      const text = newsOf(done.before.reported, done.after.reported);
      if (text === undefined) return;
      await events.append({
        kind: 'device-reported',
        deviceId,
        text: `${done.after.name}: ${text}`.slice(0, 512),
      });
    },

    assumeAllOffline: () => store.markAllOffline(),
  };
}

function seen(row: DeviceRow, receivedAt: number): DevicePatch {
  const lastSeenAt = Math.max(row.lastSeenAt ?? 0, receivedAt);
  return { lastSeenAt, silentAt: lastSeenAt + silenceMs(row.policy) };
}

function afterStatus(row: DeviceRow, status: DeviceStatus, receivedAt: number): DevicePatch | undefined {
  if (row.revokedAt !== undefined) return undefined;
  if (status.state === 'online') {
    return { ...seen(row, receivedAt), online: true, session: status.session };
  }
  // A last will that arrives after the next connection said `online` speaks of a session that is over.
  const late = status.session !== undefined && row.session !== undefined && status.session !== row.session;
  return late || !row.online ? undefined : { online: false };
}

function afterReported(row: DeviceRow, reported: Reported, receivedAt: number): DevicePatch | undefined {
  if (row.revokedAt !== undefined || reported.deviceId !== row.id) return undefined;
  if (isOlder(row.reported, reported)) return seen(row, receivedAt);
  return {
    ...seen(row, receivedAt),
    reported,
    reportedAt: receivedAt,
    clockOffsetMs: reported.at - receivedAt,
    settled: settledState({ desired: row.desired, reported }),
  };
}

/** A device clock set back by more than this is taken as set back, not as an old message. */
const REORDERED_MS = 60_000;

/**
 * A repeated or reordered message: within one boot generations only rise, and wall time goes back by a little only
 * when an older message comes late.
 */
function isOlder(held: Reported | undefined, said: Reported): boolean {
  if (held === undefined || held.facts.bootId === undefined) return false;
  if (held.facts.bootId !== said.facts.bootId) return false;
  if (said.generation !== held.generation) return said.generation < held.generation;
  return said.at < held.at && held.at - said.at < REORDERED_MS;
}

/** What changed for people between two reports; undefined when only numbers did. */
function newsOf(before: Reported | undefined, after: Reported | undefined): string | undefined {
  const news = (after?.services ?? []).filter((service) => {
    const old = before?.services.find((s) => s.service === service.service);
    return old === undefined || headline(old) !== headline(service);
  });
  return news.length === 0 ? undefined : `${news.map(headline).join('; ')}.`;
}

function headline(service: ReportedService): string {
  const phase = service.state === 'changing' && service.phase !== undefined ? `, ${service.phase}` : '';
  const variant = isServing(service) && service.variant ? ` with ${service.variant.name}` : '';
  const reason = service.problem === undefined ? '' : ` (${service.problem.code})`;
  const revision = isServing(service) ? service.revision : (service.targetRevision ?? service.revision);
  const name = revision === undefined ? service.service : `${service.service}@${revision}`;
  return `${name} is ${service.state}${variant}${phase}${reason}`;
}
