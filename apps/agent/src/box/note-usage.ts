import type { Services } from '@flotilla/agent-serving';
import type { UsageAccumulator } from '@flotilla/agent-telemetry';

/** Counts what the services do into the telemetry of the running interval. */
export function noteUsage({
  services,
  usage,
}: {
  services: Pick<Services, 'events' | 'served'>;
  usage: UsageAccumulator;
}): void {
  const noteQueues = (): void => {
    for (const { service, queued } of services.served()) usage.noteQueue(service, queued);
  };
  services.events.on('request-finished', (request) => {
    noteQueues();
    usage.noteRequest({ ...request, failed: request.outcome === 'failed' });
  });
  services.events.on('request-refused', ({ service, queued }) => {
    usage.noteQueue(service, queued);
    usage.noteRefused(service);
  });
}
