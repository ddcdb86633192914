import { once } from 'node:events';
import { createServer, request, type RequestOptions, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { FlotillaError, type Problem, type RenewResponse } from '@flotilla/contracts';
import {
  createCertificateAuthority,
  createCertificateRequest,
  createKeyPair,
  issueDeviceCertificate,
  issueServerCertificate,
  parseCertificate,
  type Identity,
} from '@flotilla/platform-pki';
import { fakeClock } from '@flotilla/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createGatewayApp, type GatewayDeps } from '../src/index.ts';

const NOW = Date.now();
const DAY_MS = 86_400_000;
const DEVICE = 'device-a';

let ca: Identity;
let server: Server;
let url: string;
const revoked = new Set<string>();
const joins: string[] = [];
let joinError: FlotillaError | undefined;
const opened: { cancelled: boolean }[] = [];
const clock = fakeClock({ now: NOW });

/** Only what the gateway itself decides is real here: TLS, certificates, ranges. */
function gatewayDeps(): GatewayDeps {
  const refuse = (): never => {
    throw new TypeError('not asked for in this test');
  };
  return {
    registry: {
      isRevoked: async (id: string) => revoked.has(id),
      join: async () => {
        joins.push('asked');
        if (joinError) throw joinError;
        return { deviceId: DEVICE, certificate: 'c', ca: ca.certificatePem };
      },
      renewCertificate: async (deviceId: string, csrPem: string) => ({
        certificate: await issueDeviceCertificate({ ca, csrPem, deviceId, now: NOW }),
        ca: ca.certificatePem,
      }),
      getDesired: async () => undefined,
    } as unknown as GatewayDeps['registry'],
    catalogue: { getManifest: refuse } as unknown as GatewayDeps['catalogue'],
    releases: { getSigned: refuse } as unknown as GatewayDeps['releases'],
    blobs: {
      size: async () => 1_000_000_000,
      open: async () => {
        const blob = { cancelled: false };
        opened.push(blob);
        return endless(blob);
      },
    } as unknown as GatewayDeps['blobs'],
    caPem: ca.certificatePem,
    revocationList: () => 'the list',
    addresses: { gatewayUrl: () => url, mqttUrl: () => 'mqtts://127.0.0.1:1' },
    keys: {
      current: () => ({ v: 1, serial: 1, issuedAt: NOW, keys: [] }),
      documents: () => ({ v: 1, documents: [] }),
    },
    signDesired: refuse,
    metrics: { httpRequest() {}, signInFailed() {} } as unknown as GatewayDeps['metrics'],
    clock,
    onInternalError: () => {},
  };
}

async function* endless(blob: { cancelled: boolean }): AsyncGenerator<Uint8Array> {
  try {
    for (;;) yield new Uint8Array(65_536);
  } finally {
    blob.cancelled = true;
  }
}

beforeAll(async () => {
  ca = await createCertificateAuthority({ now: NOW });
  const own = await issueServerCertificate({ ca, names: ['localhost'], ips: ['127.0.0.1'], now: NOW });
  const app = createGatewayApp(gatewayDeps());
  const listener = getRequestListener((given, env) => app.fetch(given, env));
  server = createServer(
    {
      cert: own.certificatePem,
      key: own.privateKeyPem,
      ca: ca.certificatePem,
      requestCert: true,
      rejectUnauthorized: false,
    },
    (incoming, outgoing) => void listener(incoming, outgoing),
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  revoked.clear();
  joinError = undefined;
});

async function device({
  authority = ca,
  issuedAt = NOW,
  id = DEVICE,
}: { authority?: Identity; issuedAt?: number; id?: string } = {}): Promise<Identity> {
  const { privateKeyPem } = createKeyPair('tls');
  const csrPem = await createCertificateRequest({ privateKeyPem, commonName: id });
  return {
    privateKeyPem,
    certificatePem: await issueDeviceCertificate({ ca: authority, csrPem, deviceId: id, now: issuedAt }),
  };
}

function ask(path: string, identity?: Identity, options: RequestOptions & { body?: object } = {}) {
  const { body, ...rest } = options;
  return new Promise<{ status: number; problem: Problem }>((resolve, reject) => {
    const sent = request(
      `${url}${path}`,
      {
        ...rest,
        ca: ca.certificatePem,
        agent: false,
        ...(identity && { cert: identity.certificatePem, key: identity.privateKeyPem }),
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, problem: JSON.parse(text || '{}') as Problem }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

describe('the device gateway', () => {
  it('lets a device in by its certificate, and nobody without one', async () => {
    expect((await ask('/v1/keys', await device())).status).toBe(200);
    expect((await ask('/v1/desired', await device())).status).toBe(204);
    for (const path of [
      '/v1/keys',
      '/v1/desired',
      `/v1/blobs/${'0'.repeat(64)}`,
      `/v1/releases/${'0'.repeat(64)}`,
    ]) {
      expect(await ask(path)).toMatchObject({ status: 401, problem: { code: 'certificate-refused' } });
    }
  });

  it('refuses a certificate of another authority, also one of the same name, also an expired one', async () => {
    const other = await createCertificateAuthority({ now: NOW });
    for (const issuedAt of [NOW, NOW - 100 * DAY_MS]) {
      const foreign = await device({ authority: other, issuedAt });
      expect(await ask('/v1/keys', foreign)).toMatchObject({ status: 401 });
      const renewal = await ask('/v1/certificates/renew', foreign, {
        method: 'POST',
        body: { v: 1, csr: 'x' },
      });
      expect(renewal).toMatchObject({ status: 401, problem: { code: 'certificate-refused' } });
    }
  });

  it('refuses a revoked device everywhere', async () => {
    const identity = await device();
    revoked.add(DEVICE);
    expect(await ask('/v1/keys', identity)).toMatchObject({
      status: 403,
      problem: { code: 'device-revoked' },
    });
    const renewal = await ask('/v1/certificates/renew', identity, {
      method: 'POST',
      body: { v: 1, csr: 'x' },
    });
    expect(renewal.status).toBe(403);
  });

  it('renews a certificate that expired less than a year ago, and reads nothing with it', async () => {
    const expired = await device({ issuedAt: NOW - 200 * DAY_MS });
    const { privateKeyPem } = createKeyPair('tls');
    const csr = await createCertificateRequest({ privateKeyPem, commonName: 'someone-else' });
    expect(await ask('/v1/keys', expired)).toMatchObject({
      status: 401,
      problem: { fix: 'Renew it with POST /v1/certificates/renew.' },
    });
    const answer = await ask('/v1/certificates/renew', expired, { method: 'POST', body: { v: 1, csr } });
    expect(answer.status).toBe(200);
    const { certificate } = answer.problem as unknown as RenewResponse;
    expect(parseCertificate(certificate).commonName).toBe(DEVICE);
    expect((await ask('/v1/keys', { certificatePem: certificate, privateKeyPem })).status).toBe(200);
    const old = await device({ issuedAt: NOW - 460 * DAY_MS });
    expect(await ask('/v1/certificates/renew', old, { method: 'POST', body: { v: 1, csr } })).toMatchObject({
      status: 401,
      problem: { fix: 'Join again with a new token.' },
    });
  });

  it('says which field of a join is wrong, and takes no body over its limit', async () => {
    const wrong = await ask('/v1/join', undefined, {
      method: 'POST',
      body: { v: 1, secret: 'x', agent: {} },
    });
    expect(wrong).toMatchObject({
      status: 400,
      problem: { code: 'invalid-input', errors: expect.anything() },
    });
    const large = await ask('/v1/join', undefined, { method: 'POST', body: { csr: 'x'.repeat(300_000) } });
    expect(large).toMatchObject({ status: 413, problem: { code: 'too-large' } });
    expect(joins).toEqual([]);
  });

  it('limits wrong join tokens of one address, and takes the right one at once', async () => {
    const { privateKeyPem } = createKeyPair('tls');
    const body = {
      v: 1,
      secret: 'x'.repeat(32),
      csr: await createCertificateRequest({ privateKeyPem, commonName: 'device' }),
      agent: { version: '1.0.0', protocols: [], capabilities: [] },
    };
    const attempt = () => ask('/v1/join', undefined, { method: 'POST', body });
    joinError = new FlotillaError('join-token-invalid', 'no such join token');
    for (let tries = 0; tries < 60; tries += 1) {
      expect(await attempt()).toMatchObject({ problem: { code: 'join-token-invalid' } });
    }
    expect(await attempt()).toMatchObject({ status: 429, problem: { code: 'rate-limited' } });
    joinError = undefined;
    expect(await attempt()).toMatchObject({ status: 200 });
  });

  it('stops reading a blob whose device has gone', async () => {
    const identity = await device();
    const sent = request(`${url}/v1/blobs/${'0'.repeat(64)}`, {
      ca: ca.certificatePem,
      agent: false,
      cert: identity.certificatePem,
      key: identity.privateKeyPem,
    });
    sent.on('error', () => {});
    sent.end();
    const [response] = (await once(sent, 'response')) as [NodeJS.ReadableStream];
    await once(response, 'readable');
    sent.destroy();
    await expect.poll(() => opened.at(-1)?.cancelled, { timeout: 10_000 }).toBe(true);
  });
});
