import { quantile, type Series, type SeriesPoint } from '@flotilla/contracts';
import {
  BUCKET_MS,
  emptyServiceRollup,
  mergeDeviceRollups,
  mergeServiceRollups,
  type DeviceRollup,
  energyBasis,
  hasEnergy,
  type ServiceRollup,
} from './rollup.ts';
import type { TimeRange } from './telemetry.ts';

const USUAL_POINTS = 240;
const MOST_POINTS = 1_000;
const SHORTEST_STEP_MS = 30_000;

/** How wide a chart's steps are, and whether raw rows or quarter hours fill them. */
export function chartStep({
  from,
  to,
  asked,
  rawSince,
}: TimeRange & { asked: number | undefined; rawSince: number }): {
  stepMs: number;
  source: 'raw' | 'rollups';
} {
  const width = Math.max(1, to - from);
  const smallest = Math.ceil(width / MOST_POINTS);
  const wanted = Math.max(smallest, asked ?? Math.max(SHORTEST_STEP_MS, Math.ceil(width / USUAL_POINTS)));
  if (wanted < BUCKET_MS && from >= rawSince && width <= MOST_POINTS * SHORTEST_STEP_MS) {
    return { stepMs: wanted, source: 'raw' };
  }
  return { stepMs: Math.ceil(wanted / BUCKET_MS) * BUCKET_MS, source: 'rollups' };
}

export interface ChartPart {
  at: number;
  device?: DeviceRollup;
  services: readonly ServiceRollup[];
}

/** Parts gathered into steps; a step in which nothing was heard has no point. */
export function chart({
  from,
  to,
  stepMs,
  parts,
  energyOf,
}: TimeRange & {
  stepMs: number;
  parts: Iterable<ChartPart>;
  energyOf: 'device' | 'services';
}): Series {
  const steps = new Map<number, { device: DeviceRollup | undefined; services: ServiceRollup }>();
  for (const { at, device, services } of parts) {
    const start = Math.floor(at / stepMs) * stepMs;
    const step = steps.get(start) ?? { device: undefined, services: emptyServiceRollup() };
    if (device) step.device = step.device ? mergeDeviceRollups(step.device, device) : device;
    step.services = services.reduce(mergeServiceRollups, step.services);
    steps.set(start, step);
  }
  const points = [...steps]
    .sort(([a], [b]) => a - b)
    .map(([at, { device, services }]) => toPoint({ at, device, services, energyOf }));
  return { from, to, stepMs, points };
}

function toPoint({
  at,
  device,
  services,
  energyOf,
}: {
  at: number;
  device: DeviceRollup | undefined;
  services: ServiceRollup;
  energyOf: 'device' | 'services';
}): SeriesPoint {
  const energy = energyOf === 'device' ? device : services;
  const ttft = quantile(services.ttftMs, 0.5);
  const speed = quantile(services.tokensPerSecond, 0.5);
  return {
    at,
    requests: services.requests,
    errors: services.errors,
    tokensIn: services.tokensIn,
    tokensOut: services.tokensOut,
    joules: ((energy?.measuredMj ?? 0) + (energy?.modelledMj ?? 0)) / 1_000,
    ...(energy && hasEnergy(energy) && { energyBasis: energyBasis(energy) }),
    ...(device && device.cpuKnownMs > 0 && { cpuShare: Math.min(1, device.cpuBusyMs / device.cpuKnownMs) }),
    ...(device?.memoryUsedBytes !== undefined && { memoryUsedBytes: device.memoryUsedBytes }),
    ...(device?.memoryTotalBytes !== undefined && { memoryTotalBytes: device.memoryTotalBytes }),
    ...(device?.temperatureC !== undefined && { temperatureC: device.temperatureC }),
    ...(ttft !== undefined && { ttftP50Ms: ttft }),
    ...(speed !== undefined && { tokensPerSecondP50: speed }),
  };
}
