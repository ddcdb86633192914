import { open } from 'node:fs/promises';

import { FlotillaError, isFlotillaError, type Manifest } from '@flotilla/contracts';
import { systemClock, type Clock } from '@flotilla/kernel';
import { parseGgufHeader } from '@flotilla/sizing';

import { createBandwidthCap, type BandwidthCap } from './gateway/bandwidth-cap.ts';
import { fetchManifest } from './gateway/fetch-manifest.ts';
import type { GatewayClient } from './gateway/gateway.ts';
import { createPullMeter, type PullProgress } from './pull-meter.ts';
import { chunkLength } from './store/chunk-journal.ts';
import type { ModelStore, PartialBlob } from './store/model-store.ts';

/** How often a chunk that arrives corrupt is fetched again before the pull fails. */
const CHUNK_ATTEMPTS = 3;

export interface PullOptions {
  /** Of the blob and of its manifest, as the release names them. */
  model: { digest: string; manifestDigest: string };
  client: GatewayClient;
  store: ModelStore;
  signal: AbortSignal;
  /** Called at most four times a second, and at the end. */
  onProgress?: (progress: PullProgress) => void;
  /** Most bytes per second over all parallel chunks. Default: no limit. */
  bytesPerSecond?: number;
  /** Chunks fetched at once. Default 4. */
  parallel?: number;
  clock?: Clock;
}

export type PullModel = (options: PullOptions) => Promise<{ path: string }>;

/**
 * Brings a model into the store: manifest by digest, chunks verified as they arrive, whole digest, GGUF sanity.
 * What an interrupted pull left is taken up again. Resolves at once for a model that is there.
 *
 * Throws `disk-full`, `digest-mismatch`, `gguf-invalid`, what the gateway answered, or the signal's reason; whatever
 * arrived before stays for the next attempt.
 */
export async function pullModel(options: PullOptions): Promise<{ path: string }> {
  const { model, store, signal } = options;
  const there = await store.find(model.digest);
  if (there !== undefined) return { path: there };
  return withPartial(options, async ({ partial, manifest, fetch }) => {
    await fetch(manifest.chunks.map((_, index) => index));
    return { path: await partial.complete({ signal }) };
  });
}

/**
 * Brings as many of the first chunks as the GGUF header needs, for judging a model before its download.
 * The path is a file of the full size with a hole for the rest; a later `pullModel` goes on from it.
 */
export async function pullHeader(options: PullOptions): Promise<{ path: string }> {
  const { model, store } = options;
  const there = await store.find(model.digest);
  if (there !== undefined) return { path: there };
  return withPartial(options, async ({ partial, manifest, fetch }) => {
    for (let index = 0; index < manifest.chunks.length; index += 1) {
      await fetch([index]);
      const known = Math.min(manifest.bytes, (index + 1) * manifest.chunkBytes);
      const parse = parseGgufHeader(await firstBytes(partial.path, known));
      if (parse.kind === 'header') return { path: partial.path };
      if (parse.kind === 'invalid' || known === manifest.bytes) {
        throw new FlotillaError(
          'gguf-invalid',
          `${model.digest} is not a sound GGUF: ${parse.kind === 'invalid' ? parse.reason : 'it ends inside its header'}.`,
          { details: { about: model.digest } },
        );
      }
    }
    throw new FlotillaError('gguf-invalid', `${model.digest} has no chunks.`);
  });
}

interface Pulling {
  partial: PartialBlob;
  manifest: Manifest;
  /** Fetches those of the chunks that are not complete, some at a time. */
  fetch: (indices: readonly number[]) => Promise<void>;
}

async function withPartial<T>(options: PullOptions, work: (pulling: Pulling) => Promise<T>): Promise<T> {
  const { model, client, store, signal, parallel = 4, clock = systemClock } = options;
  const manifest = await fetchManifest({ model, client, signal });
  const cap = createBandwidthCap({ bytesPerSecond: options.bytesPerSecond, clock });
  const partial = await store.openPartial(manifest);
  const meter = createPullMeter({ partial, totalBytes: manifest.bytes, clock, report: options.onProgress });
  const source = { client, cap, manifest, partial, onBytes: meter.count };
  try {
    const result = await work({
      partial,
      manifest,
      fetch: (indices) =>
        inLanes({
          lanes: parallel,
          indices: indices.filter((index) => partial.receivedOf(index) < chunkLength(manifest, index)),
          signal,
          run: (index, laneSignal) => fetchChunk({ ...source, index, signal: laneSignal }),
        }),
    });
    meter.finish();
    return result;
  } finally {
    await partial.close();
  }
}

async function fetchChunk({
  client,
  cap,
  manifest,
  partial,
  index,
  signal,
  onBytes,
}: {
  client: GatewayClient;
  cap: BandwidthCap;
  manifest: Manifest;
  partial: PartialBlob;
  index: number;
  signal: AbortSignal;
  onBytes: (bytes: number) => void;
}): Promise<void> {
  async function* capped(): AsyncGenerator<Uint8Array> {
    const from = partial.receivedOf(index);
    const pieces = client.readRange({
      digest: manifest.digest,
      offset: index * manifest.chunkBytes + from,
      length: chunkLength(manifest, index) - from,
      signal,
    });
    for await (const piece of pieces) {
      await cap.take(piece.length, signal);
      yield piece;
    }
  }
  for (let attempt = 1; ; attempt += 1) {
    try {
      await partial.receive({ index, pieces: capped(), onBytes });
      return;
    } catch (error) {
      const corrupt = isFlotillaError(error) && error.code === 'digest-mismatch';
      if (!corrupt || attempt === CHUNK_ATTEMPTS) throw error;
    }
  }
}

/** Runs the indices in order, `lanes` at a time. The first failure ends the others, and all have ended when it is thrown. */
async function inLanes({
  lanes,
  indices,
  signal,
  run,
}: {
  lanes: number;
  indices: readonly number[];
  signal: AbortSignal;
  run: (index: number, signal: AbortSignal) => Promise<void>;
}): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const queue = indices.values();
  let first: { error: unknown } | undefined;
  const lane = async (): Promise<void> => {
    try {
      for (const index of queue) {
        either.throwIfAborted();
        await run(index, either);
      }
    } catch (error) {
      first ??= { error };
      failed.abort(error);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, lanes) }, lane));
  signal.throwIfAborted();
  if (first !== undefined) throw first.error;
}

async function firstBytes(path: string, length: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await file.read(bytes, 0, length, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
