import { FlotillaError } from '@flotilla/contracts';
import {
  createCertificateAuthority,
  createCertificateRequest,
  createKeyPair,
  issueDeviceCertificate,
  parseCertificate,
} from '@flotilla/platform-pki';
import { fakeClock, waitFor } from '@flotilla/testkit';
import { describe, expect, it } from 'vitest';
import type { Identity } from '../state/identity.ts';
import { CertificateRenewal } from './certificate-renewal.ts';

const DAY_MS = 86_400_000;

async function setUp({ issuesFor = 'box-1', failures = 0 }: { issuesFor?: string; failures?: number } = {}) {
  const clock = fakeClock();
  const ca = await createCertificateAuthority({ now: clock.now() });
  const { privateKeyPem } = createKeyPair('tls');
  const csrPem = await createCertificateRequest({ privateKeyPem, commonName: 'box-1' });
  const certificatePem = await issueDeviceCertificate({ ca, csrPem, deviceId: 'box-1', now: clock.now() });
  let identity: Identity = {
    v: 1,
    deviceId: 'box-1',
    gatewayUrl: 'https://plane.example',
    mqttUrl: 'mqtts://plane.example',
    joinedAt: clock.now(),
    privateKeyPem,
    certificatePem,
    caPem: ca.certificatePem,
    keys: { v: 1, serial: 1, issuedAt: 0, keys: [] as never },
  };
  const asked: number[] = [];
  const errors: unknown[] = [];
  const renewed: number[] = [];
  const renewal = new CertificateRenewal({
    identity: () => identity,
    gateway: () => ({
      async post({ body }) {
        asked.push(clock.now());
        if (asked.length <= failures) throw new FlotillaError('offline', 'The gateway is away.');
        const { csr } = body as { csr: string };
        const certificate = await issueDeviceCertificate({
          ca,
          csrPem: csr,
          deviceId: issuesFor,
          now: clock.now(),
        });
        return Buffer.from(JSON.stringify({ v: 1, certificate, ca: ca.certificatePem }));
      },
    }),
    save: async (pem) => void (identity = { ...identity, certificatePem: pem }),
    clock,
    random: () => 0.5,
    onRenewed: (notAfter) => renewed.push(notAfter),
    onError: (error) => errors.push(error),
  });
  return {
    clock,
    renewal,
    asked,
    errors,
    renewed,
    start: clock.now(),
    current: () => identity.certificatePem,
  };
}

describe('CertificateRenewal', () => {
  it('renews after two thirds of a life, and again after two thirds of the next', async () => {
    const { clock, renewal, renewed, start, current } = await setUp();
    renewal.start();
    await clock.advance(59 * DAY_MS);
    expect(renewed).toEqual([]);
    await clock.advance(3 * DAY_MS);
    await waitFor(() => renewed.length === 1, { what: 'it is renewed' });
    expect(parseCertificate(current()).notAfter).toBeGreaterThan(start + 145 * DAY_MS);
    await clock.advance(62 * DAY_MS);
    await waitFor(() => renewed.length === 2, { what: 'it is renewed again' });
    renewal.stop();
  });

  it('tries again until the gateway answers', async () => {
    const { clock, renewal, renewed, errors } = await setUp({ failures: 3 });
    renewal.start();
    await clock.advance(61 * DAY_MS);
    // Certificates are made on real threads: time stands still until they are there.
    await waitFor(
      async () => {
        await clock.advance(60_000);
        return renewed.length === 1;
      },
      { what: 'it is renewed' },
    );
    expect(errors).toHaveLength(3);
    renewal.stop();
  });

  it('keeps what it has when the answer is a certificate of another device', async () => {
    const { clock, renewal, renewed, errors, current } = await setUp({ issuesFor: 'box-2' });
    const before = current();
    renewal.start();
    await clock.advance(61 * DAY_MS + 20 * 3_600_000);
    await waitFor(() => errors.length > 0, { what: 'it is refused' });
    expect(errors[0]).toMatchObject({ code: 'certificate-refused' });
    expect(renewed).toEqual([]);
    expect(current()).toBe(before);
    renewal.stop();
  });
});
