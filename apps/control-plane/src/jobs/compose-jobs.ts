import type { Server as TlsServer } from 'node:https';
import type { Clock } from '@flotilla/kernel';
import type { EmbeddedBroker } from '@flotilla/plane-link';
import type { Log } from '@flotilla/platform-log';
import type { FleetEvent } from '@flotilla/contracts';
import type { Services } from '../compose-services.ts';
import { brokerTls } from '../compose-transport.ts';
import type { ControlPlaneConfig } from '../config.ts';
import type { Pki } from '../pki/open-pki.ts';
import type { RevocationList } from '../pki/revocation-list.ts';
import { createJob, type Job } from './create-job.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 3_600_000;

/** Events after which a rollout may have something to decide at once. */
const WAKES_ROLLOUTS = new Set<FleetEvent['kind']>([
  'device-reported',
  'device-online',
  'device-joined',
  'rollout-changed',
]);

/** Work that nobody asks for. Each is safe to kill anywhere and to repeat. */
export function composeJobs({
  config,
  services,
  pki,
  revocationList,
  gateway,
  embedded,
  clock,
  log: root,
}: {
  config: ControlPlaneConfig;
  services: Services;
  pki: Pki;
  revocationList: RevocationList;
  gateway: TlsServer;
  embedded: EmbeddedBroker | undefined;
  clock: Clock;
  log: Log;
}): Pick<Job, 'start' | 'stop'>[] {
  const log = root.child({ component: 'jobs' });
  const { registry, rollouts, telemetry, events } = services;
  const tick = createJob({
    name: 'rollouts',
    everyMs: 2 * SECOND_MS,
    clock,
    log,
    run: () => rollouts.tick(),
  });
  const forget = createJob({
    name: 'retention',
    everyMs: HOUR_MS,
    clock,
    log,
    async run(signal) {
      await events.trim(config.eventsKept);
      while (!signal.aborted && (await telemetry.forgetRawRows()) > 0);
    },
  });
  const renew = createJob({
    name: 'certificates',
    everyMs: 12 * HOUR_MS,
    clock,
    log,
    async run() {
      if (!(await pki.refresh(clock.now()))) return;
      gateway.setSecureContext(brokerTls(pki));
      embedded?.useTls(brokerTls(pki));
      log.info('server certificate renewed');
    },
  });
  const revoke = createJob({
    name: 'revocation list',
    // A revocation here wakes it; what another replica revokes is seen in its turn.
    everyMs: MINUTE_MS,
    clock,
    log,
    run: () => revocationList.refresh(),
  });
  return [
    wokenBy(tick, (wake) =>
      events.subscribe(({ kind }) => {
        if (WAKES_ROLLOUTS.has(kind)) wake();
      }),
    ),
    wokenBy(revoke, (wake) => registry.onRevoked(wake)),
    forget,
    renew,
  ];
}

/** A job that need not wait for its turn; `listen` returns how to stop listening. */
function wokenBy(job: Job, listen: (wake: () => void) => () => void): Pick<Job, 'start' | 'stop'> {
  let stopListening = (): void => {};
  return {
    start() {
      stopListening = listen(() => job.wake());
      job.start();
    },
    async stop() {
      stopListening();
      await job.stop();
    },
  };
}
