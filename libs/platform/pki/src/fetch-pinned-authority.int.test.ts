import { once } from 'node:events';
import { createServer as createPlainServer, type AddressInfo, type Server } from 'node:net';
import { createServer } from 'node:tls';

import { freePort } from '@flotilla/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createCertificateAuthority, issueServerCertificate, type Identity } from './authority.ts';
import { fingerprint } from './certificate.ts';
import { fetchPinnedAuthority } from './fetch-pinned-authority.ts';

const now = Date.now();
const urlOf = (server: Server): string => `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
const listening = async (server: Server): Promise<Server> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
};

describe('fetchPinnedAuthority', () => {
  let ca: Identity;
  let server: Server;
  beforeAll(async () => {
    ca = await createCertificateAuthority({ now });
    const { certificatePem: cert, privateKeyPem: key } = await issueServerCertificate({
      ca,
      names: ['localhost'],
      ips: ['127.0.0.1'],
      now,
    });
    // As the device gateway does: a certificate of the client is asked for, and may be missing.
    server = await listening(createServer({ cert, key, requestCert: true, rejectUnauthorized: false }));
  });
  afterAll(() => {
    server.close();
  });

  it('gives the authority that the fingerprint names', async () => {
    const pem = await fetchPinnedAuthority({
      url: urlOf(server),
      fingerprint: fingerprint(ca.certificatePem),
    });
    expect(pem).toBe(ca.certificatePem);
  });

  it('refuses a server that shows no certificate of that fingerprint', async () => {
    const other = await createCertificateAuthority({ now });
    await expect(
      fetchPinnedAuthority({ url: urlOf(server), fingerprint: fingerprint(other.certificatePem) }),
    ).rejects.toMatchObject({ code: 'fingerprint-mismatch', retryable: false });
  });

  it('tells, retryably, that nobody is there or that the answer is no TLS', async () => {
    const nobody = `https://127.0.0.1:${await freePort()}`;
    const pinned = fingerprint(ca.certificatePem);
    await expect(fetchPinnedAuthority({ url: nobody, fingerprint: pinned })).rejects.toMatchObject({
      code: 'offline',
      retryable: true,
    });
    const plain = await listening(
      createPlainServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    );
    await expect(fetchPinnedAuthority({ url: urlOf(plain), fingerprint: pinned })).rejects.toMatchObject({
      code: 'offline',
    });
    plain.close();
  });

  it('gives up on a server that says nothing, and when it is cancelled', async () => {
    const silent = await listening(createPlainServer((socket) => socket.on('error', () => {})));
    const given = { url: urlOf(silent), fingerprint: fingerprint(ca.certificatePem) };
    await expect(fetchPinnedAuthority({ ...given, timeoutMs: 50 })).rejects.toMatchObject({
      code: 'timeout',
    });
    await expect(fetchPinnedAuthority({ ...given, signal: AbortSignal.timeout(20) })).rejects.toMatchObject({
      code: 'aborted',
    });
    silent.close();
  });
});
