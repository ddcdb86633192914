import { createServices, type Deployment, type Services } from '@flotilla/agent-serving';
import { createFakeEngines, type FakeEngineOptions } from '@flotilla/agent-serving/testing';
import type { FlotillaError } from '@flotilla/contracts';
import type { ResponseStore } from '../src/state/response-store.ts';
import { createBoxApi, hashApiKey, type BoxAccess } from '../src/http/index.ts';

export const LOOPBACK: BoxAccess = { bind: 'loopback', hosts: [], keys: [] };
export const NETWORK: BoxAccess = {
  bind: 'network',
  hosts: ['box-7.shop.lan'],
  keys: [{ id: 'till', sha256: hashApiKey('sk-till') }],
};

const DEPLOYMENT: Deployment = {
  id: 'one',
  service: 'assistant',
  variant: 'harbor-1m-q8_0',
  variantDigest: 'ab12',
  defaults: {},
  spec: {
    modelPath: 'x',
    modelDigest: 'x',
    contextTokens: 32,
    sequences: 1,
    batchTokens: 8,
    threads: 1,
    gpu: 'off',
    kvCacheType: 'f16',
  },
};

export interface FakeBoxOptions extends FakeEngineOptions {
  access?: BoxAccess;
  empty?: boolean;
  queueLimit?: number;
  maxBodyBytes?: number;
  /** Default 1. */
  sequences?: number;
  responses?: ResponseStore;
  keepLoaded?: boolean;
  /** The service sleeps, and was never loaded. */
  asleep?: boolean;
  /** Applied to the model. Default: none. */
  adapter?: { name: string; digest: string; scale: number };
}

/** The box API over a fake engine, called without a port. */
export async function fakeBox({
  access = LOOPBACK,
  empty = false,
  queueLimit = 4,
  maxBodyBytes,
  sequences = 1,
  responses,
  keepLoaded,
  asleep = false,
  adapter,
  ...engineOptions
}: FakeBoxOptions = {}) {
  const engines = createFakeEngines(engineOptions);
  const room = { capBytes: asleep ? 0 : Infinity };
  const services: Services = createServices({
    startEngine: engines.startEngine,
    queueLimit,
    readRoom: async () => room,
  });
  const applied = adapter && { adapter: { ...adapter, path: 'a' } };
  if (!empty) {
    await services.prepare(
      {
        ...DEPLOYMENT,
        keepLoaded,
        needBytes: 1,
        adapterName: adapter?.name,
        spec: { ...DEPLOYMENT.spec, sequences, ...applied },
      },
      { signal: new AbortController().signal, mayStayAsleep: asleep },
    );
    services.switchTraffic(DEPLOYMENT.id);
  }
  room.capBytes = Infinity;
  const errors: FlotillaError[] = [];
  const app = createBoxApi({
    services,
    access,
    maxBodyBytes,
    responses,
    status: () => ({ device: 'box-7' }),
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4', body: 'up 1\n' }),
    now: () => 1_700_000_000_000,
    onError: (error) => errors.push(error),
  });
  const post = (
    body: unknown,
    headers: Record<string, string> = {},
    signal?: AbortSignal,
  ): Promise<Response> =>
    Promise.resolve(
      app.request('/v1/chat/completions', {
        method: 'POST',
        headers,
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ...(signal === undefined ? {} : { signal }),
      }),
    );
  return { app, engines, services, errors, post };
}
