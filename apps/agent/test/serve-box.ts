import { once } from 'node:events';
import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { createServices, type Deployment, type Services, type StartEngine } from '@flotilla/agent-serving';
import { BACKLOG } from '../src/box/box-server.ts';
import { createBoxApi } from '../src/http/index.ts';
import { openResponseStore } from '../src/state/response-store.ts';

export interface ServedBox {
  services: Services;
  port: number;
  url: string;
  stop(): Promise<void>;
}

/** The box API on a real port of loopback, serving one deployment. */
export async function serveBox(options: {
  startEngine: StartEngine;
  deployment: Deployment;
  queueLimit?: number;
}): Promise<ServedBox> {
  const { startEngine, deployment, queueLimit } = options;
  const services = createServices({ startEngine, queueLimit });
  await services.activate(deployment, { signal: new AbortController().signal });
  const responses = openResponseStore({
    path: ':memory:',
    keepMs: 3_600_000,
    maxBytes: 16_000_000,
    now: Date.now,
  });
  const app = createBoxApi({
    services,
    responses,
    access: { bind: 'loopback', hosts: [], keys: [] },
    status: () => ({}),
    metrics: async () => ({ contentType: 'text/plain', body: '' }),
  });
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  server.listen({ host: '127.0.0.1', port: 0, backlog: BACKLOG });
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    services,
    port,
    url: `http://127.0.0.1:${port}`,
    async stop() {
      await services.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
