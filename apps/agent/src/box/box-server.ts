import { chmod, rm } from 'node:fs/promises';
import type { IncomingMessage, Server } from 'node:http';
import { isIP } from 'node:net';

import { FlotillaError } from '@flotilla/contracts';
import { systemCode } from '@flotilla/platform-files';
import { createAdaptorServer } from '@hono/node-server';
import type { createBoxApi } from '../http/index.ts';

type BoxApi = ReturnType<typeof createBoxApi>;

/** Connections the system holds while this process is busy; with Node's 511 a burst of a thousand lost some for good. */
export const BACKLOG = 4_096;

export interface BoxServerOptions {
  api: BoxApi;
  /** What answers on the socket, which its file mode guards: no key is asked for there. */
  socketApi: BoxApi;
  host: string;
  port: number;
  /** Path of the Unix socket, or name of the pipe; undefined for none. */
  socket: string | undefined;
  /** Who may open the socket: file mode bits. No meaning for a pipe, which every local user may open. Default 0o600. */
  socketMode?: number;
  /** How long a whole request may take to come, in milliseconds. Default: Node's, five minutes. */
  requestTimeoutMs?: number;
  /** Requests that may take longer, since their handler ends a slow one by itself. Default: none. */
  mayTakeLonger?: (request: Pick<IncomingMessage, 'method' | 'url'>) => boolean;
}

export interface BoxServer {
  /** `http://127.0.0.1:7080` */
  readonly url: string;
  readonly socket: string | undefined;
  /** Takes no new connections; ends idle ones at once and the others after `graceMs`. */
  stop(options: { graceMs: number }): Promise<void>;
}

/** Listens on the port and the socket. Throws `port-taken`, which names the flag that moves it. */
export async function startBoxServer({
  api,
  socketApi,
  host,
  port,
  socket,
  socketMode = 0o600,
  requestTimeoutMs,
  mayTakeLonger,
}: BoxServerOptions): Promise<BoxServer> {
  const servers: Server[] = [];
  const open = async (
    app: BoxApi,
    where: { host: string; port: number } | { path: string },
  ): Promise<Server> => {
    const server = createAdaptorServer({ fetch: app.fetch }) as Server;
    server.requestTimeout = requestTimeoutMs ?? server.requestTimeout;
    if (mayTakeLonger !== undefined) endSlowRequests(server, mayTakeLonger);
    await listen(server, where);
    servers.push(server);
    return server;
  };
  try {
    const address = (await open(api, { host, port })).address();
    if (socket !== undefined) {
      // The lock of the data folder says that no other agent lives here: a socket that is left is of a dead one.
      if (process.platform !== 'win32') await rm(socket, { force: true });
      await open(socketApi, { path: socket });
      if (process.platform !== 'win32') await chmod(socket, socketMode);
    }
    const bound = typeof address === 'object' && address !== null ? address.port : port;
    const name = isIP(host) === 6 ? `[${host}]` : host;
    return {
      url: `http://${name}:${bound}`,
      socket,
      async stop({ graceMs }) {
        const timer = setTimeout(() => servers.forEach((server) => server.closeAllConnections()), graceMs);
        await Promise.all(servers.map(close));
        clearTimeout(timer);
        if (socket !== undefined && process.platform !== 'win32') await rm(socket, { force: true });
      },
    };
  } catch (error) {
    await Promise.all(servers.map(close));
    throw error;
  }
}

/** Whether only programs of this box reach an address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** In place of Node's own timeout, which knows no exceptions; headers still have theirs. */
function endSlowRequests(server: Server, mayTakeLonger: (request: IncomingMessage) => boolean): void {
  const timeoutMs = server.requestTimeout;
  server.requestTimeout = 0;
  server.on('request', (request: IncomingMessage) => {
    if (mayTakeLonger(request)) return;
    const timer = setTimeout(() => void (request.complete || request.destroy()), timeoutMs);
    request.once('close', () => clearTimeout(timer));
  });
}

function listen(server: Server, where: { host: string; port: number } | { path: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, where)));
    server.listen({ ...where, backlog: BACKLOG }, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

function listenError(error: Error, where: { host: string; port: number } | { path: string }): FlotillaError {
  const name = 'port' in where ? `${where.host}:${where.port}` : where.path;
  if (systemCode(error) === 'EADDRINUSE') {
    return new FlotillaError('port-taken', `${name} is taken by another program.`, {
      cause: error,
      details: {
        about: name,
        field: 'http.port',
        fix: 'Choose another one with --port or FLOTILLA_HTTP_PORT.',
      },
    });
  }
  return new FlotillaError('invalid-config', `The box API cannot listen on ${name}: ${error.message}.`, {
    cause: error,
    details: { about: name, field: 'port' in where ? 'http.host' : 'http.socket' },
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}
