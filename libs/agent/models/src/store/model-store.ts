import type { Manifest } from '@flotilla/contracts';

/** Blobs named by their sha256, and those that are still arriving. */
export interface ModelStore {
  /** Path of a complete, verified blob; undefined when it is not here. */
  find(digest: string): Promise<string | undefined>;
  /** Bytes of a blob that are not on this disk yet: 0 for a complete one. */
  missingBytes(options: { digest: string; bytes: number }): Promise<number>;
  /**
   * Opens (or creates) the place where a blob arrives. One at a time per digest.
   * Throws `disk-full`, with the numbers, when what is missing would leave less than the reserve.
   */
  openPartial(manifest: Manifest): Promise<PartialBlob>;
  /** Hashes a complete blob again; a damaged one is removed. */
  verify(digest: string, options?: { signal?: AbortSignal }): Promise<boolean>;
  /** Removes every blob and partial whose digest is not in `keep`, except those open now. */
  collectGarbage(options: { keep: Iterable<string> }): Promise<{ removed: string[]; freedBytes: number }>;
  /** What `reported.store` carries. */
  usage(): Promise<{ usedBytes: number; blobs: number }>;
}

/** A blob that is arriving; its file has the full size from the start, with holes where chunks miss. */
export interface PartialBlob {
  /** The file, readable before it is complete: the GGUF header is in its first chunks. */
  readonly path: string;
  /** Bytes that are on the disk and journalled. */
  readonly doneBytes: number;
  /** How many bytes of a chunk are on the disk; its full length means that it was verified. */
  receivedOf(index: number): number;
  /**
   * Takes the bytes of a chunk from where it stopped and verifies the whole chunk before it counts as complete.
   * Throws `digest-mismatch` (the chunk then starts again from nothing), `disk-full` (what arrived is kept).
   */
  receive(options: {
    index: number;
    pieces: AsyncIterable<Uint8Array>;
    onBytes?: (bytes: number) => void;
  }): Promise<void>;
  /** Verifies the whole digest and the GGUF, and moves the file among the blobs; its path there. */
  complete(options?: { signal?: AbortSignal }): Promise<string>;
  close(): Promise<void>;
}
