import type { Desired, GoldenPrompt, Release, ServiceName, Sha256 } from '@flotilla/contracts';
import type {
  Choice,
  CurrentDocument,
  FailedVariant,
  Limits,
  ModelFile,
  RollbackDocument,
  ServiceRecord,
  Slot,
  StoredBlob,
} from './state.ts';

/** `desired.json`, `current.json`, `rollback.json`. Every write is atomic and on the disk when it returns. */
export interface Documents {
  readDesired(): Promise<Desired | undefined>;
  readCurrent(): Promise<CurrentDocument>;
  readRollback(): Promise<RollbackDocument>;
  writeCurrent(document: CurrentDocument): Promise<void>;
  writeRollback(document: RollbackDocument): Promise<void>;
}

/** Releases whose signature was verified against the pinned keys. */
export interface ReleaseStore {
  /** Those on disk. */
  list(): Promise<ReadonlyMap<Sha256, Release>>;
  /** From the gateway to the disk. Throws `signature-invalid` and what a download throws. */
  fetch(digest: Sha256, options: { signal: AbortSignal }): Promise<Release>;
  /** Removes all others. */
  keepOnly(digests: readonly Sha256[]): Promise<void>;
}

export interface FetchProgress {
  doneBytes: number;
  totalBytes: number;
  bytesPerSecond?: number;
}

/** Files of models and adapters on the disk, by digest. */
export interface ModelStore {
  list(): Promise<ReadonlyMap<Sha256, StoredBlob>>;
  /** Resumes what was begun. Throws `download-failed`, `digest-mismatch`, `disk-full`. */
  fetch(
    file: ModelFile,
    options: { signal: AbortSignal; onProgress: (progress: FetchProgress) => void },
  ): Promise<void>;
  /** Whole digest and GGUF sanity. A file that fails is removed. Throws `digest-mismatch`, `gguf-invalid`. */
  verify(file: Omit<ModelFile, 'manifestDigest'>, options: { signal: AbortSignal }): Promise<void>;
  keepOnly(digests: readonly Sha256[]): Promise<void>;
}

/** Right-sizing, on this box and now. */
export interface VariantResolver {
  resolve(
    input: {
      release: Release;
      digest: Sha256;
      othersBytes: number;
      ownBytes: number;
      /** The same, where every other service that may sleep does: looked at where nothing fits beside them. */
      shared?: { othersBytes: number; ownBytes: number };
      /** Variants of this release whose engines kept ending here: what is left is smaller, and on the disk. Default: none. */
      failed?: readonly FailedVariant[];
      limits: Limits;
    },
    options: { signal: AbortSignal },
  ): Promise<Choice>;
}

/** The engines of the box and the traffic to them. */
export interface ServingPort {
  slots(): readonly Slot[];
  /** Throws `load-failed`, `engine-crashed`. The new engine gets no traffic. */
  load(
    record: ServiceRecord,
    release: Release,
    options: { signal: AbortSignal; mayStayAsleep?: boolean },
  ): Promise<void>;
  /** Asks the engine of this record through the path that apps use, and gives the text of the answer. */
  ask(record: ServiceRecord, prompt: GoldenPrompt, options: { signal: AbortSignal }): Promise<string>;
  markChecked(record: ServiceRecord): void;
  /** From now on apps reach this engine; the one before it drains. */
  switchTo(record: ServiceRecord): Promise<void>;
  /** Waits for the requests of this engine, for a bounded time, and unloads it. */
  drain(record: ServiceRecord, options: { signal: AbortSignal }): Promise<void>;
  /** Unloads every engine of a service, or those of one release. */
  unload(service: ServiceName, release?: Sha256): Promise<void>;
}
