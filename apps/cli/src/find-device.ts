import type { PlaneClient } from '@flotilla/api-client';
import { DeviceId, FlotillaError } from '@flotilla/contracts';
import { allPages } from './all-pages.ts';

/** The id of the device with this name or id. @throws FlotillaError `not-found`, or `conflict` when several share the name. */
export async function findDevice(client: PlaneClient, name: string): Promise<string> {
  if (/^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(name) && DeviceId.safeParse(name).success) return name;
  const devices = await allPages(async (cursor) =>
    (await client.api.v1.devices.$get({ query: cursor })).json(),
  );
  const named = devices.filter((device) => device.name === name);
  const [only] = named;
  if (only === undefined)
    throw new FlotillaError('not-found', `There is no device \`${name}\`.`, {
      details: { fix: 'List them with `flotilla devices list`.' },
    });
  if (named.length > 1) {
    throw new FlotillaError(
      'conflict',
      `${named.length} devices are called \`${name}\`: ${named.map(({ id }) => id).join(', ')}.`,
      { details: { fix: 'Give the id.' } },
    );
  }
  return only.id;
}
