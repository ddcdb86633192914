import type { ServedService, Services, ServingEvents } from '@flotilla/agent-serving';
import { LOCAL_SERVICE } from '@flotilla/contracts';
import { TypedEvents } from '@flotilla/kernel';

const NO_DIGEST = '0'.repeat(64);
const NO_REASON = 'told to whoever asks for it';

type Told = ServingEvents[keyof ServingEvents];

/**
 * The services as telemetry, metrics and logs may know them: all local models are one, `local`. Their names, files and
 * what engines print of them are nobody else's business.
 */
export function withoutLocalNames(
  services: Pick<Services, 'events' | 'served'>,
): Pick<Services, 'events' | 'served'> {
  const events = new TypedEvents<ServingEvents>();
  services.events.onAny((name, payload) => events.emit(name, payload.isLocal ? neutral(payload) : payload));
  return {
    events,
    served() {
      const all = services.served();
      const isLocal = ({ deployment }: ServedService): boolean => deployment?.isLocal === true;
      const locals = all.filter(isLocal);
      const [first] = locals;
      if (first === undefined) return all;
      const sum = (of: (served: ServedService) => number): number =>
        locals.reduce((total, served) => total + of(served), 0);
      return [
        ...all.filter((served) => !isLocal(served)),
        {
          ...first,
          service: LOCAL_SERVICE,
          deployment: undefined,
          queued: sum(({ queued }) => queued),
          running: sum(({ running }) => running),
        },
      ];
    },
  };
}

function neutral<Payload extends Told>(payload: Payload): Payload {
  const named: Record<string, unknown> = {
    service: LOCAL_SERVICE,
    deployment: LOCAL_SERVICE,
    variant: LOCAL_SERVICE,
    variantDigest: NO_DIGEST,
    fingerprint: NO_DIGEST,
    reason: NO_REASON,
    log: [],
  };
  const changed = Object.keys(payload).filter((key) => key in named);
  return {
    ...payload,
    ...Object.fromEntries(changed.map((key) => [key, named[key]])),
    ...('step' in payload ? { step: { ...payload.step, reason: NO_REASON } } : {}),
    ...('info' in payload ? { info: { ...payload.info, modelName: LOCAL_SERVICE } } : {}),
  };
}
