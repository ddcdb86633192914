import { FlotillaError, type Desired, type Release, type Sha256 } from '@flotilla/contracts';
import type { TypedEvents } from '@flotilla/kernel';
import { garbageKey } from './garbage.ts';
import { judgeAnswer, type RegexMatcher, type SchemaValidator } from './golden.ts';
import type { ReconcileEvents } from './loop.ts';
import type { Documents, ModelStore, ReleaseStore, ServingPort, VariantResolver } from './ports.ts';
import { recordOf, type Choice, type Limits, type ServiceRecord } from './state.ts';
import type { StepKind, StepOf } from './step.ts';

/** What a step finds when it runs; the signal is aborted when the desired document changes or the agent stops. */
export interface StepContext {
  signal: AbortSignal;
  desired: Desired | undefined;
  limits: Limits;
}

/** One executor per step kind; a missing one does not compile. */
export type Executors = {
  [K in StepKind]: (step: StepOf<K>, context: StepContext) => Promise<void>;
};

/** What lives only as long as the process: a restart chooses anew and forgets swaps. */
export interface Memory {
  choices: Map<Sha256, { key: string; choice: Choice }>;
  swaps: Map<string, Sha256>;
  collected: string | undefined;
}

export function createMemory(): Memory {
  return { choices: new Map(), swaps: new Map(), collected: undefined };
}

export interface ExecutorDeps {
  documents: Documents;
  releases: ReleaseStore;
  models: ModelStore;
  resolver: VariantResolver;
  serving: ServingPort;
  memory: Memory;
  events: TypedEvents<ReconcileEvents>;
  matchesRegex: RegexMatcher;
  fitsSchema: SchemaValidator;
}

/** Runs the one executor of a step. */
export function runStep<K extends StepKind>(
  executors: Executors,
  step: StepOf<K> & { kind: K },
  context: StepContext,
): Promise<void> {
  return executors[step.kind](step, context);
}

export function createExecutors(deps: ExecutorDeps): Executors {
  const { documents, releases, models, resolver, serving, memory, events } = deps;

  async function releaseOf({ release, service }: { release: Sha256; service: string }): Promise<Release> {
    const found = (await releases.list()).get(release);
    if (!found) {
      throw new FlotillaError('not-found', `The release ${release} of ${service} is not on the disk.`, {
        details: { about: service },
      });
    }
    return found;
  }

  return {
    'fetch-release': async ({ release, service }, { signal }) => {
      const fetched = await releases.fetch(release, { signal });
      if (fetched.service !== service) {
        throw new FlotillaError(
          'signature-invalid',
          `The release ${release} is one of ${fetched.service}, not of ${service}.`,
          {
            details: { about: service },
          },
        );
      }
    },
    'resolve-variant': async (
      { release: digest, service, othersBytes, ownBytes, shared },
      { signal, limits },
    ) => {
      const release = await releaseOf({ release: digest, service });
      const { failedVariants = [] } = await documents.readRollback();
      const failed = failedVariants.filter((one) => one.release === digest);
      const choice = await resolver.resolve(
        { release, digest, othersBytes, ownBytes, failed, limits, ...(shared ? { shared } : {}) },
        { signal },
      );
      memory.choices.set(digest, { key: limits.key, choice });
    },
    'fetch-model': async ({ service, file }, { signal }) => {
      await models.fetch(file, {
        signal,
        onProgress: (progress) => events.emit('fetch-progress', { service, progress }),
      });
    },
    'verify-model': async ({ file }, { signal }) => models.verify(file, { signal }),
    'load-model': async ({ service, record, mayStayAsleep }, { signal }) => {
      const release = await releaseOf({ release: record.release, service });
      await serving.load(record, release, { signal, ...(mayStayAsleep === true ? { mayStayAsleep } : {}) });
    },
    'check-golden': async ({ service, record }, { signal }) => {
      const { goldenPrompts } = await releaseOf({ release: record.release, service });
      for (const prompt of goldenPrompts) {
        const answer = await serving.ask(record, prompt, { signal });
        const judgement = judgeAnswer({ ...deps, expect: prompt.expect, answer });
        if (!judgement.ok) {
          throw new FlotillaError(
            'golden-prompt-failed',
            `The golden prompt \`${prompt.id}\` of ${service}@${record.revision} on ${record.placement.variant} failed: ${judgement.reason}.`,
            { details: { about: prompt.id, fix: 'Publish a corrected release.' } },
          );
        }
      }
      serving.markChecked(record);
    },
    'switch-traffic': async ({ service, record }) => {
      await serving.switchTo(record);
      memory.swaps.delete(service);
    },
    drain: async ({ service, record, swapFor }, { signal }) => {
      if (swapFor !== undefined) memory.swaps.set(service, swapFor);
      await serving.drain(record, { signal });
    },
    commit: async ({ service, record }) => {
      const current = await documents.readCurrent();
      const rollback = await documents.readRollback();
      // The way back is written first: cut off in between, the restart finds the old current and commits again.
      await documents.writeRollback(
        rollbackAfter({ rollback, previous: recordOf(current, service), record }),
      );
      await documents.writeCurrent({ v: 1, services: [...others(current.services, service), record] });
      events.emit('release-committed', { service, record });
    },
    'roll-back': async ({ service, release }) => {
      memory.swaps.delete(service);
      await serving.unload(service, release);
    },
    retire: async ({ service }) => {
      const current = await documents.readCurrent();
      const rollback = await documents.readRollback();
      await serving.unload(service);
      memory.swaps.delete(service);
      await documents.writeRollback({ ...rollback, services: others(rollback.services, service) });
      await documents.writeCurrent({ v: 1, services: others(current.services, service) });
      events.emit('service-retired', { service });
    },
    'collect-garbage': async ({ keepBlobs, keepReleases }) => {
      await models.keepOnly(keepBlobs);
      await releases.keepOnly(keepReleases);
      for (const digest of memory.choices.keys()) {
        if (!keepReleases.includes(digest)) memory.choices.delete(digest);
      }
      memory.collected = garbageKey({ keepBlobs, keepReleases });
    },
  } satisfies Executors;
}

/** Another release that served well becomes the one to go back to; the same one resized, or a failed one, does not. */
function rollbackAfter({
  rollback,
  previous,
  record,
}: {
  rollback: Awaited<ReturnType<Documents['readRollback']>>;
  previous: ServiceRecord | undefined;
  record: ServiceRecord;
}): Awaited<ReturnType<Documents['readRollback']>> {
  const { service } = record;
  const before = recordOf(rollback, service);
  const failed = rollback.failed.some(({ release }) => release === previous?.release);
  const keep = previous && previous.release !== record.release && !failed ? previous : before;
  const kept = keep && keep.release !== record.release ? [keep] : [];
  return { ...rollback, services: [...others(rollback.services, service), ...kept] };
}

function others(records: readonly ServiceRecord[], service: string): ServiceRecord[] {
  return records.filter((record) => record.service !== service);
}
