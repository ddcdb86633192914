import { Adapter, FlotillaError, Variant, type FleetEvent } from '@flotilla/contracts';
import type { Clock } from '@flotilla/kernel';
import { systemClock } from '@flotilla/kernel';
import type { PlaneApp } from '@flotilla/plane-http';
import { hc } from 'hono/client';
import { createCall, type Fetch } from './create-call.ts';
import { readEventStream } from './read-event-stream.ts';

export interface PlaneClientOptions {
  /** Such as `http://127.0.0.1:7070`; in the console's page: `location.origin`. */
  baseUrl: string;
  /** An access token. Without one the browser's session cookie counts. */
  token?: string | undefined;
  /** Default: the platform's. */
  fetch?: Fetch;
  /** Default: the machine's. */
  clock?: Clock;
  /** Default `Math.random`. */
  random?: () => number;
  /** How often a GET is tried again when the server is away or says to come back. Default 3. */
  retries?: number;
}

export interface ImportedFile {
  importId: string;
  body: ReadableStream<Uint8Array> | Blob;
  signal?: AbortSignal;
}

/**
 * The people's API, typed by the server itself: `await (await client.api.v1.overview.$get()).json()`.
 *
 * Every call throws a FlotillaError with the server's code for a refusal, `offline` where it cannot be reached. Only GETs
 * are tried again: nobody knows whether the others arrived.
 */
export function createPlaneClient({
  baseUrl,
  token,
  fetch: given = globalThis.fetch.bind(globalThis),
  clock = systemClock,
  random = Math.random,
  retries = 3,
}: PlaneClientOptions) {
  const base = baseUrl.replace(/\/+$/, '');
  const call = createCall({ fetch: given, clock, random, retries });
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };

  async function putFile({
    importId,
    body,
    signal,
  }: ImportedFile): Promise<{ made: unknown; isNew: boolean }> {
    const response = await call(`${base}/v1/imports/${encodeURIComponent(importId)}/file`, {
      method: 'PUT',
      headers: { ...headers, 'content-type': 'application/octet-stream' },
      body,
      // Fetch asks for it with a stream; its types do not know it yet.
      ...({ duplex: 'half' } as object),
      ...(signal === undefined ? {} : { signal }),
    });
    return { made: await response.json(), isNew: response.status === 201 };
  }

  return {
    api: hc<PlaneApp>(base, { fetch: call, headers }),

    /** Sends the file of an announced import; a stream is sent as it comes. `isNew` is false when it was there before. */
    async putImportFile(file: ImportedFile): Promise<{ variant: Variant; isNew: boolean }> {
      const { made, isNew } = await putFile(file);
      return { variant: Variant.parse(made), isNew };
    },

    /** The same for an announced adapter. */
    async putAdapterFile(file: ImportedFile): Promise<{ adapter: Adapter; isNew: boolean }> {
      const { made, isNew } = await putFile(file);
      return { adapter: Adapter.parse(made), isNew };
    },

    /**
     * What happens from now on (or after an id), until the signal aborts or the server ends the stream.
     * `reload` means that some events are no longer kept: read again what you show.
     */
    async *events({ after, signal }: { after?: number; signal?: AbortSignal } = {}): AsyncGenerator<
      FleetEvent | 'reload'
    > {
      const query = after === undefined ? '' : `?after=${after}`;
      const response = await call(`${base}/v1/events/stream${query}`, {
        headers,
        ...(signal === undefined ? {} : { signal }),
      });
      if (response.body === null) throw new FlotillaError('offline', 'The event stream has no body.');
      yield* readEventStream(response.body);
    },
  };
}

export type PlaneClient = ReturnType<typeof createPlaneClient>;
