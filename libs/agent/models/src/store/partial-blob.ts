import type { Hash } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

import { FlotillaError, isFlotillaError, type Manifest } from '@flotilla/contracts';
import { fileError, hashFile, syncFolder } from '@flotilla/platform-files';

import { checkGgufFile } from '../gguf/check-gguf-file.ts';
import { chunkLength, openChunkJournal, type ChunkJournal } from './chunk-journal.ts';
import type { PartialBlob } from './model-store.ts';
import { openSizedFile, type SizedFile } from './sized-file.ts';

/** Bytes gathered before a write: network pieces of 16 kB would make a system call each. */
const WRITE_BYTES = 256 * 1024;
/** Bytes of one chunk between two commits: with four chunks at once on a fast line, a cut costs half a chunk (a commit per MiB cost two). */
const COMMIT_BYTES = 256 * 1024;

export interface PartialPaths {
  data: string;
  journal: string;
  /** Where the complete blob goes. */
  blob: string;
}

/** Opens or creates the data file and its journal; see `PartialBlob`. `onClosed` is called once, after the last use. */
export async function openPartialBlob({
  paths,
  manifest,
  onClosed,
}: {
  paths: PartialPaths;
  manifest: Manifest;
  onClosed: () => void;
}): Promise<PartialBlob> {
  const data = await openSizedFile({ path: paths.data, bytes: manifest.bytes });
  try {
    const journal = await openChunkJournal({
      path: paths.journal,
      manifest,
      data: data.handle,
      fresh: data.created,
    });
    return new ArrivingBlob({ paths, manifest, data, journal, onClosed });
  } catch (error) {
    await data.close();
    throw fileError({ error, path: paths.journal, doing: 'Opening' });
  }
}

/** One chunk while its bytes come: what is gathered for the next write, and the hash of everything so far. */
interface Arrival {
  readonly index: number;
  readonly hash: Hash;
  pending: Uint8Array[];
  pendingBytes: number;
  uncommittedBytes: number;
}

class ArrivingBlob implements PartialBlob {
  private readonly paths: PartialPaths;
  private readonly manifest: Manifest;
  private readonly data: SizedFile;
  private readonly journal: ChunkJournal;
  private readonly received: number[];
  private readonly onClosed: () => void;
  private closed = false;

  constructor(options: {
    paths: PartialPaths;
    manifest: Manifest;
    data: SizedFile;
    journal: ChunkJournal;
    onClosed: () => void;
  }) {
    this.paths = options.paths;
    this.manifest = options.manifest;
    this.data = options.data;
    this.journal = options.journal;
    this.received = [...options.journal.received];
    this.onClosed = options.onClosed;
  }

  get path(): string {
    return this.paths.data;
  }

  get doneBytes(): number {
    return this.received.reduce((sum, bytes) => sum + bytes, 0);
  }

  receivedOf(index: number): number {
    return this.received[index] ?? 0;
  }

  async receive({ index, pieces, onBytes }: Parameters<PartialBlob['receive']>[0]): Promise<void> {
    const { digest } = this.manifest;
    const length = chunkLength(this.manifest, index);
    const hash = await this.hashOfReceived(index);
    const arrival: Arrival = { index, hash, pending: [], pendingBytes: 0, uncommittedBytes: 0 };
    try {
      for await (const piece of pieces) {
        if (this.receivedOf(index) + arrival.pendingBytes + piece.length > length) {
          throw new FlotillaError(
            'download-failed',
            `Chunk ${index} of ${digest} is longer than its ${length} bytes.`,
          );
        }
        await this.take(arrival, piece);
        onBytes?.(piece.length);
      }
      await this.flush(arrival);
      if (this.receivedOf(index) < length) {
        const got = this.receivedOf(index);
        throw new FlotillaError(
          'download-failed',
          `Chunk ${index} of ${digest} ended after ${got} of ${length} bytes.`,
        );
      }
    } catch (error) {
      await this.keep(arrival, error);
      throw error;
    }
    await this.settle(arrival);
  }

  async complete({ signal }: { signal?: AbortSignal } = {}): Promise<string> {
    const { digest, chunks } = this.manifest;
    const missing = chunks.findIndex(
      (_, index) => this.receivedOf(index) < chunkLength(this.manifest, index),
    );
    if (missing !== -1) {
      throw new FlotillaError('internal', `Chunk ${missing} of ${digest} has not arrived.`);
    }
    await this.data.handle.sync();
    if ((await hashFile(this.paths.data, { signal })) !== digest) await this.refuseWhole(signal);
    try {
      await checkGgufFile(this.paths.data);
    } catch (error) {
      await this.discard();
      throw error;
    }
    await this.close();
    try {
      await rename(this.paths.data, this.paths.blob);
      await syncFolder(dirname(this.paths.blob));
      await rm(this.paths.journal, { force: true });
    } catch (error) {
      throw fileError({ error, path: this.paths.blob, doing: 'Storing' });
    }
    return this.paths.blob;
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.journal.close();
    await this.data.close();
    this.onClosed();
  }

  private async take(arrival: Arrival, piece: Uint8Array): Promise<void> {
    const { index, hash } = arrival;
    hash.update(piece);
    arrival.pending.push(piece);
    arrival.pendingBytes += piece.length;
    if (arrival.pendingBytes >= WRITE_BYTES) await this.flush(arrival);
    // The end of a chunk is never committed here: a full chunk in the journal means a verified one.
    if (
      arrival.uncommittedBytes >= COMMIT_BYTES &&
      this.receivedOf(index) < chunkLength(this.manifest, index)
    ) {
      arrival.uncommittedBytes = 0;
      await this.commit(index);
    }
  }

  private async flush(arrival: Arrival): Promise<void> {
    if (arrival.pendingBytes === 0) return;
    const { index } = arrival;
    const bytes = Buffer.concat(arrival.pending);
    arrival.pending = [];
    arrival.pendingBytes = 0;
    await this.data.writeAt(index * this.manifest.chunkBytes + this.receivedOf(index), bytes);
    this.received[index] = this.receivedOf(index) + bytes.length;
    arrival.uncommittedBytes += bytes.length;
  }

  /** Commits what a chunk holds; a full one only if it is the right one, else it starts again from nothing. */
  private async settle({ index, hash }: Arrival): Promise<void> {
    const expected = this.manifest.chunks[index];
    const digest = this.receivedOf(index) < chunkLength(this.manifest, index) ? expected : hash.digest('hex');
    if (digest === expected) return this.commit(index);
    await this.forget(index);
    throw new FlotillaError(
      'digest-mismatch',
      `Chunk ${index} of ${this.manifest.digest} arrived with digest ${digest} instead of ${expected}.`,
      { details: { about: this.manifest.digest, chunk: index } },
    );
  }

  /** After a failure: what arrived stays, unless the disk is what failed. The failure is the one to tell. */
  private async keep(arrival: Arrival, cause: unknown): Promise<void> {
    try {
      if (!isFlotillaError(cause) || cause.code !== 'disk-full') await this.flush(arrival);
      await this.settle(arrival);
    } catch {
      this.received[arrival.index] = this.journal.received[arrival.index] ?? 0;
    }
  }

  private async commit(index: number): Promise<void> {
    try {
      await this.journal.commit({ index, bytes: this.receivedOf(index) });
    } catch (error) {
      throw fileError({ error, path: this.paths.journal, doing: 'Writing' });
    }
  }

  private async forget(index: number): Promise<void> {
    this.received[index] = 0;
    await this.commit(index);
  }

  private hashOfReceived(index: number): Promise<Hash> {
    return this.data.hashOf({ offset: index * this.manifest.chunkBytes, length: this.receivedOf(index) });
  }

  /** Every chunk verified as it arrived, yet the whole does not: the disk changed some, or the manifest lies. */
  private async refuseWhole(signal: AbortSignal | undefined): Promise<never> {
    const { digest, chunks } = this.manifest;
    const damaged: number[] = [];
    for (const [index, expected] of chunks.entries()) {
      signal?.throwIfAborted();
      if ((await this.hashOfReceived(index)).digest('hex') !== expected) damaged.push(index);
    }
    if (damaged.length === 0) {
      await this.discard();
      throw new FlotillaError('digest-mismatch', `The chunks of ${digest} do not make up that digest.`, {
        details: { about: digest, fix: 'Import the model again: its manifest is wrong.' },
        retryable: false,
      });
    }
    for (const index of damaged) await this.forget(index);
    throw new FlotillaError(
      'digest-mismatch',
      `${damaged.length} of ${chunks.length} chunks of ${digest} changed on the disk after they were verified.`,
      { details: { about: digest, fix: 'Check the disk of this device.' } },
    );
  }

  private async discard(): Promise<void> {
    await this.close();
    await rm(this.paths.data, { force: true });
    await rm(this.paths.journal, { force: true });
  }
}
