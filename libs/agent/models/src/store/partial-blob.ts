import { createHash, type Hash } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

import { FlotillaError, type Manifest } from '@flotilla/contracts';
import { fileError, hashFile, syncFolder } from '@flotilla/platform-files';

import { checkGgufFile } from '../gguf/check-gguf-file.ts';
import { chunkLength, openChunkJournal, type ChunkJournal } from './chunk-journal.ts';
import type { PartialBlob } from './model-store.ts';

/** Bytes gathered before a write: network pieces of 16 kB would make a system call each. */
const WRITE_BYTES = 256 * 1024;
/** Bytes of one chunk between two commits: with four chunks at once, a cut costs one chunk's worth at most. */
const COMMIT_BYTES = 1024 * 1024;

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
  const { data, created } = await openSized(paths.data, manifest.bytes);
  let journal: ChunkJournal;
  try {
    journal = await openChunkJournal({ path: paths.journal, manifest, data, fresh: created });
  } catch (error) {
    await data.close();
    throw fileError({ error, path: paths.journal, doing: 'Opening' });
  }
  return new ArrivingBlob({ paths, manifest, data, journal, onClosed });
}

async function openSized(path: string, bytes: number): Promise<{ data: FileHandle; created: boolean }> {
  try {
    const existing = await open(path, 'r+').catch(() => undefined);
    if (existing !== undefined && (await existing.stat()).size === bytes) {
      return { data: existing, created: false };
    }
    await existing?.close();
    const data = await open(path, 'w+', 0o600);
    await data.truncate(bytes); // holes: no space is taken, and the header can be read before the rest is there
    await data.sync();
    await syncFolder(dirname(path));
    return { data, created: true };
  } catch (error) {
    throw fileError({ error, path, doing: 'Creating' });
  }
}

class ArrivingBlob implements PartialBlob {
  private readonly paths: PartialPaths;
  private readonly manifest: Manifest;
  private readonly data: FileHandle;
  private readonly journal: ChunkJournal;
  private readonly received: number[];
  private readonly onClosed: () => void;
  private closed = false;

  constructor(options: {
    paths: PartialPaths;
    manifest: Manifest;
    data: FileHandle;
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
    const length = chunkLength(this.manifest, index);
    const hash = await this.hashOfReceived(index);
    let pending: Uint8Array[] = [];
    let pendingBytes = 0;
    let uncommitted = 0;
    const flush = async (): Promise<void> => {
      if (pendingBytes === 0) return;
      const bytes = pendingBytes;
      await this.write(index, pending);
      pending = [];
      pendingBytes = 0;
      uncommitted += bytes;
    };
    try {
      for await (const piece of pieces) {
        if (this.receivedOf(index) + pendingBytes + piece.length > length) {
          throw new FlotillaError(
            'download-failed',
            `Chunk ${index} of ${this.manifest.digest} is longer than its ${length} bytes.`,
          );
        }
        hash.update(piece);
        pending.push(piece);
        pendingBytes += piece.length;
        onBytes?.(piece.length);
        if (pendingBytes >= WRITE_BYTES) await flush();
        if (uncommitted >= COMMIT_BYTES && this.receivedOf(index) < length) {
          uncommitted = 0;
          await this.commit(index);
        }
      }
      await flush();
    } catch (error) {
      await this.keep(index, flush, error);
      throw error;
    }
    if (this.receivedOf(index) < length) {
      await this.commit(index);
      throw new FlotillaError(
        'download-failed',
        `Chunk ${index} of ${this.manifest.digest} ended after ${this.receivedOf(index)} of ${length} bytes.`,
      );
    }
    const digest = hash.digest('hex');
    if (digest !== this.manifest.chunks[index]) {
      await this.forget(index);
      throw new FlotillaError(
        'digest-mismatch',
        `Chunk ${index} of ${this.manifest.digest} arrived with digest ${digest} instead of ${this.manifest.chunks[index]}.`,
        { details: { about: this.manifest.digest, chunk: index } },
      );
    }
    await this.commit(index);
  }

  async complete({ signal }: { signal?: AbortSignal } = {}): Promise<string> {
    const { digest, chunks } = this.manifest;
    const missing = chunks.findIndex(
      (_, index) => this.receivedOf(index) < chunkLength(this.manifest, index),
    );
    if (missing !== -1) {
      throw new FlotillaError('internal', `Chunk ${missing} of ${digest} has not arrived.`);
    }
    await this.data.sync();
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

  private async write(index: number, pieces: Uint8Array[]): Promise<void> {
    const bytes = Buffer.concat(pieces);
    const at = index * this.manifest.chunkBytes + this.receivedOf(index);
    try {
      for (let written = 0; written < bytes.length;) {
        const { bytesWritten } = await this.data.write(bytes, written, bytes.length - written, at + written);
        written += bytesWritten;
      }
    } catch (error) {
      throw fileError({ error, path: this.paths.data, doing: 'Writing' });
    }
    this.received[index] = this.receivedOf(index) + bytes.length;
  }

  /** After a failure: what arrived whole stays, unless the disk is what failed. */
  private async keep(index: number, flush: () => Promise<void>, cause: unknown): Promise<void> {
    try {
      if (!(cause instanceof FlotillaError && cause.code === 'disk-full')) await flush();
      await this.commit(index);
    } catch {
      this.received[index] = this.journal.received[index] ?? 0; // the failure that led here is the one to tell
    }
  }

  private async commit(index: number): Promise<void> {
    const bytes = this.receivedOf(index);
    try {
      await this.journal.commit({ index, bytes });
    } catch (error) {
      throw fileError({ error, path: this.paths.journal, doing: 'Writing' });
    }
  }

  private async forget(index: number): Promise<void> {
    this.received[index] = 0;
    await this.commit(index);
  }

  private async discard(): Promise<void> {
    await this.close();
    await rm(this.paths.data, { force: true });
    await rm(this.paths.journal, { force: true });
  }

  /** The hash so far of a chunk whose first bytes are on the disk. */
  private async hashOfReceived(index: number): Promise<Hash> {
    const hash = createHash('sha256');
    const start = index * this.manifest.chunkBytes;
    const buffer = Buffer.alloc(Math.min(WRITE_BYTES, this.receivedOf(index)));
    for (let at = 0; at < this.receivedOf(index);) {
      const length = Math.min(buffer.length, this.receivedOf(index) - at);
      const { bytesRead } = await this.data.read(buffer, 0, length, start + at);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
    return hash;
  }
}
