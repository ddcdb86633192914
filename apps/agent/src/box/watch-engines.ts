import type {
  ModelStore,
  Reconciler,
  ReleaseStore,
  ServiceRecord,
  ServingPort,
} from '@flotilla/agent-reconcile';
import type { Services } from '@flotilla/agent-serving';
import type { Problem } from '@flotilla/contracts';
import type { Log } from '@flotilla/platform-log';
import { afterLadder } from './after-ladder.ts';
import { deploymentId } from './serving-port.ts';

/**
 * An engine that keeps ending however it is opened gives its place to a smaller variant of its release that is on the
 * disk; where there is none it fails its release, and the loop goes back to the last good one.
 */
export function watchEngines({
  services,
  serving,
  reconciler,
  releases,
  models,
  failedVariants,
  log,
}: {
  services: Pick<Services, 'events'>;
  serving: Pick<ServingPort, 'slots'>;
  reconciler: Pick<Reconciler, 'failRelease' | 'failVariant' | 'forgetFailure'>;
  releases: Pick<ReleaseStore, 'list'>;
  models: Pick<ModelStore, 'list'>;
  /** Digests of the variants of a release that failed here before. */
  failedVariants: (release: string) => Promise<readonly string[]>;
  log: Log;
}): void {
  async function giveUp(record: ServiceRecord, problem: Problem): Promise<void> {
    const { service, release, revision, placement } = record;
    const [known, blobs, failed] = await Promise.all([
      releases.list(),
      models.list(),
      failedVariants(release),
    ]);
    const content = known.get(release);
    const onDisk = new Set(
      [...blobs].flatMap(([digest, { state }]) => (state === 'partial' ? [] : [digest])),
    );
    const next = content && afterLadder({ release: content, record, onDisk, failed: new Set(failed) });
    if (next === 'smaller-variant') {
      const { digest, variant, bytes } = placement;
      await reconciler.failVariant({ service, release, digest, variant, bytes, problem });
    } else {
      await reconciler.failRelease({ service, release, revision, problem });
    }
  }

  services.events.on('engine-broken', ({ service, deployment, variant, exits, reason }) => {
    const record = serving.slots().find((slot) => deploymentId(slot.record) === deployment)?.record;
    if (!record) return;
    const detail = `The engine of ${service}@${record.revision} on ${variant} ended ${exits} times in a row: ${reason}`;
    giveUp(record, {
      code: 'engine-crash-loop',
      detail: detail.slice(0, 2_000),
      about: service,
      fix: 'Publish a release with a smaller variant or fewer sequences.',
    }).catch((error: unknown) => log.error({ error }, 'failure not written down'));
  });
  services.events.on('engine-recovered', ({ service, deployment }) => {
    const record = serving.slots().find((slot) => deploymentId(slot.record) === deployment)?.record;
    if (!record) return;
    reconciler
      .forgetFailure({ service, release: record.release })
      .catch((error: unknown) => log.error({ error }, 'recovery not written down'));
  });
}
