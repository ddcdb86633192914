import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

import { FlotillaError, GATEWAY_PATHS, isFlotillaError } from '@flotilla/contracts';
import { retrySchedule, sleep, systemClock, type Clock } from '@flotilla/kernel';

import { answerError, retryAfterMs } from './gateway-answer.ts';
import type { GatewayClient } from './gateway.ts';
import { createTlsRequests, type Ask, type GatewayCredentials } from './tls-requests.ts';

export type { GatewayCredentials } from './tls-requests.ts';

export interface GatewayClientOptions {
  /** `https://host:port`, with a path prefix or without. */
  url: string;
  /** Read for every new connection, so that a renewed certificate is used after `refresh`. */
  credentials: () => GatewayCredentials;
  /** Longest silence of the other side, in milliseconds; a slow transfer that moves is never cut. Default 30,000. */
  silenceMs?: number;
  /** Attempts without any progress before the error is the caller's. Default 5. */
  attempts?: number;
  /** Ceiling of the first wait between attempts, in milliseconds. Default 500. */
  retryInitialMs?: number;
  clock?: Clock;
  random?: () => number;
}

export interface TlsGatewayClient extends GatewayClient {
  /** New connections from now on use the credentials as they are now. */
  refresh(): void;
}

/**
 * The device gateway over TLS with the pinned CA and, once joined, the device's certificate. Connections are kept
 * alive; nothing is opened before the first request.
 */
export function createGatewayClient({
  url,
  credentials,
  silenceMs = 30_000,
  attempts = 5,
  retryInitialMs = 500,
  clock = systemClock,
  random = Math.random,
}: GatewayClientOptions): TlsGatewayClient {
  const requests = createTlsRequests({ base: new URL(url), credentials, silenceMs, clock });

  async function bodyOf(answer: IncomingMessage, ask: Ask & { maxBytes: number }): Promise<Buffer> {
    const collected: Buffer[] = [];
    let length = 0;
    for await (const piece of requests.pieces(answer, ask)) {
      length += piece.length;
      if (length > ask.maxBytes) {
        throw new FlotillaError('too-large', `The answer for ${ask.path} is over ${ask.maxBytes} bytes.`, {
          details: { about: ask.path, limitBytes: ask.maxBytes },
        });
      }
      collected.push(piece);
    }
    return Buffer.concat(collected);
  }

  /** Throws what an answer other than those expected means, with the wait its headers ask for. */
  async function refuse(answer: IncomingMessage, ask: Ask): Promise<never> {
    const body = await bodyOf(answer, { ...ask, maxBytes: 64 * 1024 }).catch(() => Buffer.alloc(0));
    throw answerError({
      status: answer.statusCode ?? 0,
      body: body.toString('utf8'),
      path: ask.path,
      retryAfterMs: retryAfterMs(headerOf(answer.headers, 'retry-after'), clock.now()),
    });
  }

  /** Runs until it succeeds, fails for good, or used up its attempts. */
  async function retrying<T>(run: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const delays = retrySchedule({
      initialMs: retryInitialMs,
      maxMs: 30_000,
      attempts: attempts - 1,
      random,
    });
    const schedule = delays[Symbol.iterator]();
    for (;;) {
      try {
        return await run();
      } catch (error) {
        signal?.throwIfAborted();
        if (!isFlotillaError(error) || !error.retryable) throw error;
        const next = schedule.next();
        if (next.done === true) throw error;
        const asked = error.details['retryAfterMs'];
        await sleep({ clock, ms: Math.max(next.value, typeof asked === 'number' ? asked : 0), signal });
      }
    }
  }

  async function document(ask: Ask & { maxBytes: number }): Promise<Buffer | undefined> {
    const answer = await requests.send(ask);
    if (answer.statusCode === 204) {
      answer.resume();
      return undefined;
    }
    if (answer.statusCode === undefined || answer.statusCode < 200 || answer.statusCode > 299) {
      return refuse(answer, ask);
    }
    return bodyOf(answer, ask);
  }

  /** One request for the rest of a range; yields until it breaks or is whole. */
  async function* rangeOnce(ask: Ask & { start: number; end: number }): AsyncGenerator<Buffer> {
    const { start, end, path } = ask;
    const answer = await requests.send({ ...ask, headers: { range: `bytes=${start}-${end - 1}` } });
    if (answer.statusCode !== 206) {
      if (answer.statusCode !== 200) await refuse(answer, ask);
      answer.destroy();
      throw new FlotillaError('download-failed', `The gateway ignored the range asked for at ${path}.`, {
        details: { about: path },
        retryable: false,
      });
    }
    const range = headerOf(answer.headers, 'content-range') ?? '';
    if (!range.startsWith(`bytes ${start}-${end - 1}/`)) {
      answer.destroy();
      throw new FlotillaError(
        'download-failed',
        `The gateway answered another range (${range}) at ${path}.`,
        {
          details: { about: path },
          retryable: false,
        },
      );
    }
    let left = end - start;
    for await (const piece of requests.pieces(answer, ask)) {
      left -= piece.length;
      if (left < 0) break;
      yield piece;
    }
    if (left !== 0) {
      throw new FlotillaError(
        'download-failed',
        `The gateway sent another length than asked for at ${path}.`,
        {
          details: { about: path },
        },
      );
    }
  }

  async function* readRange({
    digest,
    offset,
    length,
    signal,
  }: Parameters<GatewayClient['readRange']>[0]): AsyncGenerator<Uint8Array> {
    const path = GATEWAY_PATHS.blob.replace('{digest}', digest);
    const end = offset + length;
    let at = offset;
    let pieces: AsyncGenerator<Buffer> | undefined;
    const next = async (): Promise<IteratorResult<Buffer>> => {
      pieces ??= rangeOnce({ method: 'GET', path, start: at, end, signal });
      try {
        return await pieces.next();
      } catch (error) {
        pieces = undefined; // a generator that threw is over: the next attempt asks for what is left
        throw error;
      }
    };
    try {
      while (at < end) {
        // The attempts start again with every piece: a line that is bad but moves is never given up.
        const piece = await retrying(next, signal);
        if (piece.done === true) return;
        at += piece.value.length;
        yield piece.value;
      }
    } finally {
      await pieces?.return(undefined);
    }
  }

  return {
    get: ({ path, maxBytes, signal }) =>
      retrying(() => document({ method: 'GET', path, maxBytes, signal }), signal),
    post: ({ path, body, maxBytes, signal }) =>
      document({
        method: 'POST',
        path,
        maxBytes,
        signal,
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    readRange,
    refresh: () => requests.refresh(),
    async close() {
      requests.close();
    },
  };
}

function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
