import type { Measurements } from '@flotilla/agent-models';
import type { ServingPort } from '@flotilla/agent-reconcile';
import type { Services } from '@flotilla/agent-serving';
import type { Log } from '@flotilla/platform-log';
import { deploymentId } from './serving-port.ts';

/** Keeps what an engine really took once loaded beside what was estimated: the next estimate is corrected by it. */
export function noteMemory({
  services,
  serving,
  measurements,
  engineRelease,
  log,
}: {
  services: Pick<Services, 'events'>;
  serving: Pick<ServingPort, 'slots'>;
  measurements: Pick<Measurements, 'record'>;
  engineRelease: () => Promise<string>;
  log: Log;
}): void {
  const note = async (deployment: string, actualBytes: number): Promise<void> => {
    const slot = serving.slots().find(({ record }) => deploymentId(record) === deployment);
    if (!slot) return;
    const { digest, adapter, contextTokens, sequences, batchTokens, kvType } = slot.record.placement;
    await measurements.record({
      digest,
      adapter: adapter?.digest,
      engineRelease: await engineRelease(),
      configuration: { contextTokens, sequences, batchTokens, kvType },
      actualBytes,
    });
  };
  services.events.on('engine-started', ({ deployment, info }) => {
    note(deployment, info.rssBytes).catch((error: unknown) =>
      log.warn({ error }, 'memory of the engine not kept'),
    );
  });
}
