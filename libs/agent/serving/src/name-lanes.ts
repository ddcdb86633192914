import { FlotillaError } from '@flotilla/contracts';
import { findService, type FoundService } from './find-service.ts';
import type { ServiceLane } from './service-lane.ts';

/** The lane that a model's name leads to. */
export interface NamedLane extends Pick<FoundService, 'adapter'> {
  lane: ServiceLane;
}

/** Throws as `findService`, and `not-found` with the names that are served. */
export function findLane(lanes: ReadonlyMap<string, ServiceLane>, model: string): NamedLane {
  const services = Array.from(lanes, ([service, { current }]) => ({
    service,
    variant: current?.deployment.variant,
  }));
  const found = findService(services, model);
  const lane = found === undefined ? undefined : lanes.get(found.service);
  if (found && lane) return { lane, adapter: found.adapter };
  const served = [...lanes.keys()].sort();
  throw new FlotillaError(
    'not-found',
    `No service \`${model}\` is on this box; it serves: ${served.join(', ') || 'nothing yet'}.`,
    { details: { field: 'model', about: model, served } },
  );
}
