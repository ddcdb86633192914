import { FlotillaError, type Desired, type Release, type Sha256 } from '@flotilla/contracts';
import { TypedEvents, type Clock } from '@flotilla/kernel';
import { createExecutors, createMemory } from '../execute.ts';
import { Reconciler, type ReconcileEvents } from '../loop.ts';
import type { Documents, ModelStore, ReleaseStore, ServingPort, VariantResolver } from '../ports.ts';
import { createWorldReader } from '../read-world.ts';
import {
  sameRun,
  type CurrentDocument,
  type Limits,
  type RollbackDocument,
  type Slot,
  type StoredBlob,
} from '../state.ts';
import { serviceOf } from '../step.ts';
import { LIMITS, placement, resolution } from './fixtures.ts';

/** What a kill leaves: files. */
export interface FakeDisk {
  desired: Desired | undefined;
  current: CurrentDocument;
  rollback: RollbackDocument;
  releases: Map<Sha256, Release>;
  blobs: Map<Sha256, StoredBlob>;
}

/** Where a fault may be put; the value is thrown, or the promise waited for, each time the place is passed. */
export type FaultPoint =
  | 'fetch-release'
  | 'resolve'
  | 'fetch-model'
  | 'verify'
  | 'load'
  | 'ask'
  | 'switch'
  | 'drain'
  | 'write-rollback'
  | 'write-current';
export type Faults = Partial<Record<FaultPoint, (about: string) => unknown>>;

export function emptyDisk(): FakeDisk {
  return {
    desired: undefined,
    current: { v: 1, services: [] },
    rollback: { v: 1, services: [], failed: [] },
    releases: new Map(),
    blobs: new Map(),
  };
}

/** The loop with its real executors over a box in memory: another one on the same disk is the box after a restart. */
export function fakeBox({
  disk,
  catalogue,
  clock,
  faults = {},
  answer = () => 'Hello',
  limits = LIMITS,
}: {
  disk: FakeDisk;
  catalogue: ReadonlyMap<Sha256, Release>;
  clock: Clock;
  faults?: Faults;
  /** What the model of a release answers to its golden prompts. */
  answer?: (name: string) => string;
  limits?: Limits;
}) {
  const pass = async (point: FaultPoint, about: string): Promise<void> => {
    await faults[point]?.(about);
  };
  const slots: Slot[] = [];
  const change = (record: Slot['record'], to: Partial<Slot>): void => {
    for (const slot of slots) if (sameRun(slot.record, record)) Object.assign(slot, to);
  };
  const remove = (keep: (slot: Slot) => boolean): void =>
    void slots.splice(0, slots.length, ...slots.filter(keep));

  const documents: Documents = {
    readDesired: async () => disk.desired,
    readCurrent: async () => disk.current,
    readRollback: async () => disk.rollback,
    async writeCurrent(document) {
      await pass('write-current', '');
      disk.current = document;
    },
    async writeRollback(document) {
      await pass('write-rollback', '');
      disk.rollback = document;
    },
  };
  const releases: ReleaseStore = {
    list: async () => new Map(disk.releases),
    async fetch(digest) {
      await pass('fetch-release', digest);
      const release = catalogue.get(digest);
      if (!release) throw new FlotillaError('not-found', 'There is no such release.');
      disk.releases.set(digest, release);
      return release;
    },
    async keepOnly(digests) {
      for (const digest of disk.releases.keys()) if (!digests.includes(digest)) disk.releases.delete(digest);
    },
  };
  const models: ModelStore = {
    list: async () => new Map(disk.blobs),
    async fetch({ digest, bytes, name }, { onProgress }) {
      disk.blobs.set(digest, { state: 'partial', doneBytes: bytes / 2 });
      onProgress({ doneBytes: bytes / 2, totalBytes: bytes });
      await pass('fetch-model', name);
      disk.blobs.set(digest, { state: 'fetched', doneBytes: bytes });
    },
    async verify({ digest, bytes, name }) {
      try {
        await pass('verify', name);
      } catch (error) {
        disk.blobs.delete(digest);
        throw error;
      }
      disk.blobs.set(digest, { state: 'verified', doneBytes: bytes });
    },
    async keepOnly(digests) {
      for (const digest of disk.blobs.keys()) if (!digests.includes(digest)) disk.blobs.delete(digest);
    },
  };
  const resolver: VariantResolver = {
    async resolve({ release: { service, revision, candidates }, othersBytes, failed = [] }) {
      await pass('resolve', `${service}-${revision}`);
      const chosen = candidates.find(({ digest }) => failed.every((one) => one.digest !== digest));
      const { variant, digest, bytes } = chosen ?? placement(service, revision);
      return {
        resolution: resolution(service, revision),
        othersBytes,
        placement: placement(service, revision, { variant, digest, bytes }),
      };
    },
  };
  const serving: ServingPort = {
    slots: () => slots.map((slot) => ({ ...slot })),
    async load(record) {
      await pass('load', record.placement.variant);
      slots.push({ record, stage: 'ready', checked: false });
    },
    async ask(record) {
      await pass('ask', record.placement.variant);
      return answer(record.placement.variant);
    },
    markChecked: (record) => change(record, { checked: true }),
    async switchTo(record) {
      await pass('switch', record.placement.variant);
      for (const slot of slots) {
        if (slot.record.service === record.service && slot.stage === 'serving') slot.stage = 'draining';
      }
      change(record, { stage: 'serving' });
    },
    async drain(record) {
      await pass('drain', record.placement.variant);
      remove((slot) => !sameRun(slot.record, record));
    },
    async unload(service, release) {
      remove(
        ({ record }) => record.service !== service || (release !== undefined && record.release !== release),
      );
    },
  };

  const events = new TypedEvents<ReconcileEvents>();
  const told: string[] = [];
  events.on('step-started', ({ step }) => told.push(`${step.kind} ${serviceOf(step) ?? ''}`.trim()));
  events.on('step-failed', ({ step, problem, retryInMs }) =>
    told.push(`${step.kind} failed: ${problem.code}${retryInMs === undefined ? '' : ', again'}`),
  );
  const memory = createMemory();
  const reconciler = new Reconciler({
    read: createWorldReader({ documents, releases, models, serving, memory, readLimits: async () => limits }),
    executors: createExecutors({
      documents,
      releases,
      models,
      resolver,
      serving,
      memory,
      events,
      matchesRegex: () => false,
      fitsSchema: () => false,
    }),
    documents,
    events,
    clock,
    random: () => 0.5,
  });
  return {
    disk,
    reconciler,
    events,
    /** Steps and failures in the order they happened. */
    told,
    serves: () =>
      slots.filter(({ stage }) => stage === 'serving').map(({ record }) => record.placement.variant),
    desire(desired: Desired): void {
      disk.desired = desired;
      reconciler.desiredChanged();
    },
  };
}
