import { createServer as createPlainServer, type Server } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import { createAdaptorServer } from '@hono/node-server';

type Fetch = Parameters<typeof createAdaptorServer>[0]['fetch'];

/** The people's server: plain HTTP, for loopback or behind a proxy. */
export function createPeopleServer(fetch: Fetch): Server {
  const server = createAdaptorServer({ fetch, createServer: createPlainServer }) as Server;
  // A model file of many gigabytes takes as long as it takes; headers do not.
  server.requestTimeout = 0;
  server.headersTimeout = 30_000;
  return server;
}

/** The gateway's server: it asks for a client certificate and leaves it to the app whom to let in. */
export function createGatewayServer({
  fetch,
  tls,
}: {
  fetch: Fetch;
  tls: { cert: string; key: string; ca: string };
}): TlsServer {
  const server = createAdaptorServer({
    fetch,
    createServer: createTlsServer,
    serverOptions: { ...tls, requestCert: true, rejectUnauthorized: false, minVersion: 'TLSv1.2' },
  }) as TlsServer;
  server.headersTimeout = 30_000;
  return server;
}

/** Takes nothing new, lets requests under way end within `graceMs`, then cuts them. */
export async function closeServer({
  server,
  graceMs,
}: {
  server: Server | TlsServer;
  graceMs: number;
}): Promise<void> {
  if (!server.listening) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** The port a server listens on. */
export function portOf(server: Server | TlsServer): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
