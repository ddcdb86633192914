import type { Selector } from '@flotilla/contracts';
import type { Clock } from '@flotilla/kernel';
import type { EventFeed } from './event-feed.ts';
import { hearDevices } from './hear-devices.ts';
import { joinDevices } from './join-devices.ts';
import { pageLimit, toPage } from './page.ts';
import type { CertificateIssuer, NewId, SecretHasher } from './ports.ts';
import type { DeviceRecord, Registry } from './registry.ts';
import type { DeviceRow, RegistryStore } from './registry-store.ts';
import { detailDevice, summariseDevice } from './summarise-device.ts';
import { unknownDevice, wantOfDevices } from './want-of-devices.ts';

export interface RegistryDeps {
  store: RegistryStore;
  secrets: SecretHasher;
  certificates: CertificateIssuer;
  newId: NewId;
  clock: Clock;
  events: EventFeed;
}

const SCAN = 500;

export function createRegistry(deps: RegistryDeps): Registry {
  const { store, clock, events } = deps;
  const revokedListeners = new Set<(deviceId: string) => void>();

  const getDevice: Registry['getDevice'] = async (id) => {
    const row = await store.findDevice(id);
    if (row === undefined) throw unknownDevice(id);
    return detailDevice(row, clock.now());
  };

  return {
    ...joinDevices(deps),
    ...hearDevices(deps),
    ...wantOfDevices({ ...deps, getDevice }),
    getDevice,

    async listDevices(request = {}) {
      const limit = pageLimit(request.limit);
      const now = clock.now();
      const rows = await store.listDevices({
        selector: request.selector,
        state: request.state,
        now,
        after: request.cursor,
        limit: limit + 1,
      });
      const items = rows.map((row) => summariseDevice(row, now));
      return toPage({ items, limit, cursorOf: (device) => device.id });
    },

    async findDevice(id) {
      const row = await store.findDevice(id);
      return row && toRecord(row);
    },

    countByState: () => store.countByState(clock.now()),

    async revokeDevice(id) {
      const now = clock.now();
      const done = await store.changeDevice(id, (row) =>
        row.revokedAt === undefined ? { revokedAt: now, online: false } : undefined,
      );
      if (done === undefined) throw unknownDevice(id);
      // Listeners are told even when it was revoked before: the connection may have outlived a crash in between.
      for (const listener of revokedListeners) listener(id);
      if (done.before.revokedAt !== undefined) return;
      await events.append({
        kind: 'device-changed',
        deviceId: id,
        text: `${done.after.name} was revoked.`,
      });
    },

    async isRevoked(id) {
      const found = await store.revocation(id);
      return found === undefined || found.revokedAt !== undefined;
    },

    revokedCertificates: () => store.listRevokedCertificates(clock.now()),

    async devicesMatching(selector: Selector) {
      const ids: string[] = [];
      for (;;) {
        const page = await store.listDeviceIds({ selector, after: ids.at(-1), limit: SCAN });
        ids.push(...page);
        if (page.length < SCAN) return ids;
      }
    },

    async *recordsMatching(selector: Selector) {
      let after: string | undefined;
      for (;;) {
        const page = await store.listDevices({ selector, now: clock.now(), after, limit: SCAN });
        for (const row of page) yield toRecord(row);
        after = page.at(-1)?.id;
        if (page.length < SCAN) return;
      }
    },

    onRevoked(listener) {
      revokedListeners.add(listener);
      return () => revokedListeners.delete(listener);
    },
  };
}

function toRecord(row: DeviceRow): DeviceRecord {
  const { id, name, labels, joinedAt, policy, reported, desired } = row;
  return { id, name, labels, joinedAt, policy, reported, desired, facts: reported?.facts ?? row.facts };
}
