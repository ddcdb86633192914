import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';

import { FlotillaError } from '@flotilla/contracts';
import type { Clock } from '@flotilla/kernel';

import { connectionError } from './gateway-answer.ts';

/** PEM texts. Without certificate and key the client is anonymous, as before a join. */
export interface GatewayCredentials {
  ca: string;
  certificate?: string;
  key?: string;
}

export interface Ask {
  method: 'GET' | 'POST';
  path: string;
  headers?: Record<string, string>;
  body?: string;
  signal?: AbortSignal;
}

/** Single requests over kept connections; nothing is retried here and no status is judged. */
export interface TlsRequests {
  /** Resolves with the head of the answer, whatever its status. Throws `offline`, `timeout`, `fingerprint-mismatch`. */
  send(ask: Ask): Promise<IncomingMessage>;
  /** The body in pieces as they come; the answer is ended when the reader stops early. */
  pieces(answer: IncomingMessage, ask: Pick<Ask, 'path' | 'signal'>): AsyncGenerator<Buffer>;
  /** New connections from now on use the credentials as they are now. */
  refresh(): void;
  close(): void;
}

export function createTlsRequests({
  base,
  credentials,
  silenceMs,
  clock,
}: {
  base: URL;
  credentials: () => GatewayCredentials;
  silenceMs: number;
  clock: Clock;
}): TlsRequests {
  let agent: Agent | undefined;

  function currentAgent(): Agent {
    if (agent === undefined) {
      const { ca, certificate, key } = credentials();
      // No system roots: the CA pinned at join is the only one that may vouch for the gateway.
      agent = new Agent({
        keepAlive: true,
        maxSockets: 8,
        ca,
        cert: certificate,
        key,
        minVersion: 'TLSv1.2',
      });
    }
    return agent;
  }

  /** One request; resolves with the answer's head, whatever its status. */
  async function send({ method, path, headers, body, signal }: Ask): Promise<IncomingMessage> {
    signal?.throwIfAborted();
    const answer = new Promise<IncomingMessage>((resolve, reject) => {
      const sent = request(
        new URL(base.pathname.replace(/\/$/, '') + path, base),
        { method, agent: currentAgent(), headers, signal },
        resolve,
      );
      const watchdog = clock.setTimeout(() => sent.destroy(silent(path, silenceMs)), silenceMs);
      sent.once('response', () => watchdog.cancel());
      sent.once('close', () => watchdog.cancel());
      sent.once('error', reject);
      sent.end(body);
    });
    try {
      return await answer;
    } catch (error) {
      signal?.throwIfAborted();
      throw connectionError({ error, path });
    }
  }

  /** The body in pieces as they come. The silence counts only while we wait: a slow reader is not the other side's fault. */
  async function* pieces(
    answer: IncomingMessage,
    { path, signal }: Pick<Ask, 'path' | 'signal'>,
  ): AsyncGenerator<Buffer> {
    const source = answer[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    try {
      for (;;) {
        const watchdog = clock.setTimeout(() => answer.destroy(silent(path, silenceMs)), silenceMs);
        const next = await source.next().finally(() => watchdog.cancel());
        if (next.done === true) return;
        yield next.value;
      }
    } catch (error) {
      signal?.throwIfAborted();
      throw connectionError({ error, path });
    } finally {
      if (!answer.complete) answer.destroy();
    }
  }

  return {
    send,
    pieces,
    refresh() {
      agent = undefined; // requests under way keep the old one; the gateway closes its idle connections
    },
    close() {
      agent?.destroy();
      agent = undefined;
    },
  };
}

function silent(path: string, ms: number): FlotillaError {
  return new FlotillaError('timeout', `The gateway was silent for ${ms} ms at ${path}.`, {
    details: { about: path },
  });
}
