import { FlotillaError, parseSelector, type Selector } from '@flotilla/contracts';
import type { DeviceRecord, Registry } from '@flotilla/plane-registry';
import type { RolloutDevice } from './rollout-store.ts';

/** Throws `invalid-input` naming the field. */
export function parseTargets(selector: string): Selector {
  const parsed = parseSelector(selector);
  if (!parsed.ok) {
    throw new FlotillaError('invalid-input', `Selector: ${parsed.reason}.`, {
      details: { field: 'selector' },
    });
  }
  return parsed.selector;
}

const encoder = new TextEncoder();

/** Where a device stands in the order of one rollout. */
export function positionIn({
  hashing,
  rolloutId,
}: {
  hashing: { sha256(bytes: Uint8Array): string };
  rolloutId: string;
}): (deviceId: string) => string {
  return (deviceId) => hashing.sha256(encoder.encode(`${rolloutId}/${deviceId}`));
}

type Previous = RolloutDevice['previous'];

/** The matching devices, each with what it would go back to. */
export async function newDevices({
  registry,
  targets,
  release,
}: {
  registry: Pick<Registry, 'recordsMatching'>;
  targets: Selector;
  release: { service: string; digest: string };
}): Promise<Map<string, Previous>> {
  const devices = new Map<string, Previous>();
  for await (const record of registry.recordsMatching(targets)) {
    devices.set(record.id, previousOf(record, release));
  }
  return devices;
}

/**
 * What a device goes back to: what serves there now, else what was wanted. What serves comes first, because a
 * release that failed there would be wanted still.
 */
function previousOf(
  { desired, reported }: DeviceRecord,
  { service, digest }: { service: string; digest: string },
): Previous {
  const wanted = desired?.services.find((s) => s.service === service);
  const said = reported?.services.find((s) => s.service === service);
  if (said?.release !== undefined && said.revision !== undefined && said.release !== digest) {
    return { release: said.release, revision: said.revision };
  }
  return wanted && { release: wanted.release, revision: wanted.revision };
}
