import type { Reconciler, ServingPort } from '@flotilla/agent-reconcile';
import type { Services } from '@flotilla/agent-serving';
import type { Log } from '@flotilla/platform-log';
import { deploymentId } from './serving-port.ts';

/** Tells the loop of engines that keep ending however they are opened, and of those that work again. */
export function watchEngines({
  services,
  serving,
  reconciler,
  log,
}: {
  services: Pick<Services, 'events'>;
  serving: Pick<ServingPort, 'slots'>;
  reconciler: Pick<Reconciler, 'giveUpEngine' | 'forgetFailure'>;
  log: Log;
}): void {
  services.events.on('engine-broken', ({ service, deployment, variant, exits, reason }) => {
    const record = serving.slots().find((slot) => deploymentId(slot.record) === deployment)?.record;
    if (!record) return;
    const detail = `The engine of ${service}@${record.revision} on ${variant} ended ${exits} times in a row, each time shortly after its start: ${reason}`;
    const problem = {
      code: 'engine-crash-loop',
      detail: detail.slice(0, 2_000),
      about: service,
      fix: 'Publish a release with a smaller variant or fewer sequences.',
    };
    reconciler
      .giveUpEngine(record, problem)
      .catch((error: unknown) => log.error({ error }, 'failure not written down'));
  });
  services.events.on('engine-recovered', ({ service, deployment }) => {
    const record = serving.slots().find((slot) => deploymentId(slot.record) === deployment)?.record;
    if (!record) return;
    reconciler
      .forgetFailure({ service, release: record.release })
      .catch((error: unknown) => log.error({ error }, 'recovery not written down'));
  });
}
