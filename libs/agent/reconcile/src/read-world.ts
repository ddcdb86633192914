import type { Desired } from '@flotilla/contracts';
import type { Memory } from './execute.ts';
import type { Documents, ModelStore, ReleaseStore, ServingPort } from './ports.ts';
import { standingFailures, type Limits, type World } from './state.ts';

/** Reads what is true on the box, from the documents, the stores and the engines. */
export function createWorldReader({
  documents,
  releases,
  models,
  serving,
  memory,
  readLimits,
}: {
  documents: Documents;
  releases: ReleaseStore;
  models: ModelStore;
  serving: ServingPort;
  memory: Memory;
  readLimits: (desired: Desired | undefined) => Promise<Limits>;
}): () => Promise<{ world: Omit<World, 'retrying'>; desired: Desired | undefined; limits: Limits }> {
  return async () => {
    const desired = await documents.readDesired();
    const [current, rollback, known, blobs, limits] = await Promise.all([
      documents.readCurrent(),
      documents.readRollback(),
      releases.list(),
      models.list(),
      readLimits(desired),
    ]);
    const failed = desired
      ? standingFailures({ failed: rollback.failed, desired, current })
      : rollback.failed;
    const { failedVariants } = rollback;
    const failedHere =
      desired && failedVariants
        ? standingFailures({ failed: failedVariants, desired, current })
        : failedVariants;
    const choices = new Map(
      [...memory.choices].flatMap(([digest, { key, choice }]) =>
        key === limits.key ? [[digest, choice] as const] : [],
      ),
    );
    const world = {
      current,
      rollback: { ...rollback, failed, ...(failedHere ? { failedVariants: failedHere } : {}) },
      releases: known,
      choices,
      blobs,
      slots: serving.slots(),
      swaps: new Map(memory.swaps),
      collected: memory.collected,
    };
    return { world, desired, limits };
  };
}
