import type { Desired } from '@flotilla/contracts';
import { FlotillaError } from '@flotilla/contracts';
import { settledState } from './device-state.ts';
import type { RegistryDeps } from './create-registry.ts';
import { nextDesired } from './next-desired.ts';
import type { DesiredChange, DesiredOutcome, Registry } from './registry.ts';
import type { DevicePatch, DeviceRow } from './registry-store.ts';

type Wanting = Pick<
  Registry,
  'setDesired' | 'getDesired' | 'listDesired' | 'listRevoked' | 'onDesired' | 'updateDevice'
>;

const PAGE = 200;

/** What is wanted of devices. */
export function wantOfDevices({
  store,
  clock,
  events,
  getDevice,
}: RegistryDeps & Pick<Registry, 'getDevice'>): Wanting {
  const listeners = new Set<(desired: Desired) => void>();

  function changeOf(row: DeviceRow, change: DesiredChange): DevicePatch | undefined {
    const desired = nextDesired({ deviceId: row.id, current: row.desired, change, now: clock.now() });
    if (desired === undefined || desired === row.desired) return undefined;
    return { desired, settled: settledState({ desired, reported: row.reported }) };
  }

  function tell({ before, after }: { before: DeviceRow; after: DeviceRow }): boolean {
    if (after.desired === undefined || after.desired.generation === before.desired?.generation) return false;
    for (const listener of listeners) listener(after.desired);
    return true;
  }

  return {
    async setDesired(deviceId, change): Promise<DesiredOutcome> {
      const done = await store.changeDevice(deviceId, (row) =>
        row.revokedAt === undefined ? changeOf(row, change) : undefined,
      );
      if (done === undefined) throw unknownDevice(deviceId);
      return { changed: tell(done), generation: done.after.desired?.generation ?? 0 };
    },

    async getDesired(deviceId) {
      return (await store.findDevice(deviceId))?.desired;
    },

    async *listDesired() {
      let after: string | undefined;
      for (;;) {
        const page = await store.listDesired({ after, limit: PAGE });
        yield* page;
        after = page.at(-1)?.deviceId;
        if (page.length < PAGE) return;
      }
    },

    async *listRevoked() {
      let after: string | undefined;
      for (;;) {
        const page = await store.listRevoked({ after, limit: PAGE });
        yield* page;
        after = page.at(-1);
        if (page.length < PAGE) return;
      }
    },

    onDesired(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    async updateDevice(id, request) {
      const { name, labels, policy } = request;
      const done = await store.changeDevice(id, (row) => ({
        ...(name !== undefined && { name }),
        ...(labels !== undefined && { labels }),
        ...(policy !== undefined && { policy, ...changeOf(row, { policy }) }),
      }));
      if (done === undefined) throw unknownDevice(id);
      tell(done);
      const what = Object.keys(request).join(', ');
      await events.append({
        kind: 'device-changed',
        deviceId: id,
        text: `${done.after.name}: ${what} changed.`.slice(0, 512),
      });
      return getDevice(id);
    },
  };
}

export function unknownDevice(id: string): FlotillaError {
  return new FlotillaError('not-found', `There is no device ${id}.`, { details: { about: id } });
}
