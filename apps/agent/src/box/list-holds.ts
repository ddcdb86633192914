import type { Desired, ReportedService } from '@flotilla/contracts';

/** A "not now" that keeps a service from its next release, as far as the box knows it. */
export interface Hold {
  service: string;
  /** The release that waits. */
  revision: number;
  /** What must not be done yet: fetching goes on meanwhile. */
  of: 'activation';
  /** Who said so. */
  by: 'control-plane';
  /** What ends it. No time is known. */
  until: 'resumed';
  reason: 'paused';
}

/** What is held back on this box. A release that serves already is held by nothing. */
export function listHolds({
  desired,
  services,
}: {
  desired: Pick<Desired, 'services'> | undefined;
  services: readonly Pick<ReportedService, 'service' | 'release'>[];
}): Hold[] {
  const serving = new Map(services.map(({ service, release }) => [service, release]));
  return (desired?.services ?? [])
    .filter(({ service, release, activation }) => activation === 'hold' && serving.get(service) !== release)
    .map(({ service, revision }) => ({
      service,
      revision,
      of: 'activation',
      by: 'control-plane',
      until: 'resumed',
      reason: 'paused',
    }));
}
