import { FlotillaError } from '@flotilla/contracts';
import type { ServiceLane } from './service-lane.ts';

/** Behind a model's name: the service without the adapter of its release, for comparison. */
const WITHOUT_ADAPTER = '@base';

/** What an app called `model`. */
export interface NamedLane {
  lane: ServiceLane;
  /** False where the name asks for the model without its adapter. */
  adapter: boolean;
}

/**
 * The lane of a service by its own name or by that of the variant that serves it now, each with or without `@base`.
 * Throws `not-found` with the names that are served.
 */
export function findLane(lanes: ReadonlyMap<string, ServiceLane>, model: string): NamedLane {
  const exact = laneOf(lanes, model);
  if (exact !== undefined) return { lane: exact, adapter: true };
  const isBase = model.endsWith(WITHOUT_ADAPTER);
  const base = isBase ? laneOf(lanes, model.slice(0, -WITHOUT_ADAPTER.length)) : undefined;
  if (base !== undefined) return { lane: base, adapter: false };
  const served = [...lanes.keys()].sort();
  throw new FlotillaError(
    'not-found',
    `No service \`${model}\` is on this box; it serves: ${served.join(', ') || 'nothing yet'}.`,
    { details: { field: 'model', about: model, served } },
  );
}

function laneOf(lanes: ReadonlyMap<string, ServiceLane>, name: string): ServiceLane | undefined {
  return lanes.get(name) ?? [...lanes.values()].find((lane) => lane.current?.deployment.variant === name);
}
