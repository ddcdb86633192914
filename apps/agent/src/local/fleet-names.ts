import type { ReconcileEvents } from '@flotilla/agent-reconcile';

/** Every name that the fleet has on this box: services that it wants or that serve, and the variants they run. */
export function fleetNames({
  desired,
  world: { current, slots },
}: {
  desired: ReconcileEvents['plan-made']['desired'];
  world: Pick<ReconcileEvents['plan-made']['world'], 'current' | 'slots'>;
}): ReadonlySet<string> {
  const records = [...current.services, ...slots.map(({ record }) => record)];
  return new Set([
    ...(desired?.services ?? []).map(({ service }) => service),
    ...records.flatMap(({ service, placement }) => [service, placement.variant]),
  ]);
}
