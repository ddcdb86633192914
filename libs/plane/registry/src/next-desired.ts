import type { Desired, DesiredService } from '@flotilla/contracts';
import { FlotillaError, LIMITS } from '@flotilla/contracts';
import { canonicalJson } from '@flotilla/kernel';
import type { DesiredChange } from './registry.ts';

const decoder = new TextDecoder();

/**
 * The document after a change: one generation higher, or the very same when nothing would differ.
 * Throws `conflict` when the device would get more services than a device can have.
 */
export function nextDesired({
  deviceId,
  current,
  change,
  now,
}: {
  deviceId: string;
  current: Desired | undefined;
  change: DesiredChange;
  now: number;
}): Desired | undefined {
  const services = new Map<string, DesiredService>();
  for (const service of [...(current?.services ?? []), ...(change.set ?? [])])
    services.set(service.service, service);
  for (const name of change.remove ?? []) services.delete(name);
  if (services.size > LIMITS.servicesPerDevice) {
    throw new FlotillaError(
      'conflict',
      `A device has at most ${LIMITS.servicesPerDevice} services; this would be number ${services.size}.`,
      { details: { about: deviceId, fix: 'Remove a service from the device first.' } },
    );
  }
  const unpinned = new Set(change.unpin ?? []);
  const pinned = [...(current?.pinned ?? []).filter((d) => !unpinned.has(d)), ...(change.pin ?? [])];
  const next = {
    services: [...services.values()].sort((a, b) => (a.service < b.service ? -1 : 1)),
    pinned: [...new Set(pinned)].sort(),
    policy: change.policy ?? current?.policy ?? {},
  };
  if (!change.reissue && sameContent(next, current)) return current;
  return { v: 1, deviceId, generation: (current?.generation ?? 0) + 1, issuedAt: now, ...next };
}

function sameContent(
  next: Pick<Desired, 'services' | 'pinned' | 'policy'>,
  current: Desired | undefined,
): boolean {
  // A device without a document wants nothing: making one that says so would only cost a generation.
  const { services, pinned, policy } = current ?? { services: [], pinned: [], policy: {} };
  return text(next) === text({ services, pinned, policy });
}

function text(value: unknown): string {
  return decoder.decode(canonicalJson(value));
}
