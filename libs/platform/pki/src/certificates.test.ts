import { generateKeyPairSync, X509Certificate } from 'node:crypto';

import { beforeAll, describe, expect, it } from 'vitest';

import {
  createCertificateAuthority,
  issueClientCertificate,
  issueServerCertificate,
  type Identity,
} from './authority.ts';
import { fingerprint, parseCertificate, renewAt, splitPem } from './certificate.ts';
import { createCertificateRequest, issueDeviceCertificate } from './device-certificate.ts';
import { createKeyPair, publicKeyOf } from './key-pair.ts';
import { verifyChain } from './verify-chain.ts';
import { loadX509 } from './x509.ts';

const x509 = await loadX509();
const DAY = 86_400_000;
const now = Date.UTC(2026, 10, 23, 12);
const deviceId = '01939f2e-0000-7000-8000-000000000001';

let ca: Identity;
let otherCa: Identity;
beforeAll(async () => {
  ca = await createCertificateAuthority({ now });
  otherCa = await createCertificateAuthority({ now });
});
const newDevice = async (at = now): Promise<string> => {
  const { privateKeyPem } = createKeyPair('tls');
  const csrPem = await createCertificateRequest({ privateKeyPem, commonName: 'a wish' });
  return issueDeviceCertificate({ ca, csrPem, deviceId, now: at });
};

describe('createCertificateAuthority', () => {
  it('lives ten years and signs itself', () => {
    const certificate = new X509Certificate(ca.certificatePem);
    expect(certificate.ca).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(parseCertificate(ca.certificatePem)).toMatchObject({
      commonName: 'Flotilla CA',
      isAuthority: true,
    });
    const { notBefore, notAfter } = parseCertificate(ca.certificatePem);
    expect(notBefore).toBeLessThan(now);
    expect(notAfter).toBe(now + 3653 * DAY);
  });
});

describe('issueDeviceCertificate', () => {
  it('names the device, not what the request asks for, and lets it only be a TLS client', async () => {
    const pem = await newDevice();
    expect(parseCertificate(pem)).toMatchObject({ commonName: deviceId, isAuthority: false });
    const certificate = new X509Certificate(pem);
    expect(certificate.subject).toBe(`CN=${deviceId}`);
    expect(certificate.subjectAltName).toBeUndefined();
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    expect(certificate.checkIssued(new X509Certificate(ca.certificatePem))).toBe(true);
    expect(parseCertificate(pem).notAfter).toBe(now + 90 * DAY);
  });

  it('is for the key of the request', async () => {
    const { privateKeyPem } = createKeyPair('tls');
    const csrPem = await createCertificateRequest({ privateKeyPem, commonName: 'x' });
    const pem = await issueDeviceCertificate({ ca, csrPem, deviceId, now });
    const held = new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'pem' });
    expect(held).toBe(publicKeyOf(privateKeyPem));
  });

  it('gives every certificate a serial of its own', async () => {
    const serials = await Promise.all([newDevice(), newDevice(), newDevice()]);
    expect(new Set(serials.map((pem) => parseCertificate(pem).serial)).size).toBe(3);
  });

  it('refuses a request that somebody else signed, a damaged one, and one of another kind of key', async () => {
    const refused = { code: 'certificate-refused' };
    const { privateKeyPem } = createKeyPair('tls');
    const csrPem = await createCertificateRequest({ privateKeyPem, commonName: 'x' });
    const bytes = Buffer.from(new x509.Pkcs10CertificateRequest(csrPem).rawData);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    const tampered = new x509.Pkcs10CertificateRequest(bytes).toString('pem');
    await expect(issueDeviceCertificate({ ca, csrPem: tampered, deviceId, now })).rejects.toMatchObject(
      refused,
    );
    for (const text of ['', 'hello', ca.certificatePem, csrPem.slice(0, 200)]) {
      await expect(issueDeviceCertificate({ ca, csrPem: text, deviceId, now })).rejects.toMatchObject(
        refused,
      );
    }
    const algorithm = { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-256' };
    const keys = (await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as never;
    const other = await x509.Pkcs10CertificateRequestGenerator.create({ keys, signingAlgorithm: algorithm });
    await expect(
      issueDeviceCertificate({ ca, csrPem: other.toString('pem'), deviceId, now }),
    ).rejects.toMatchObject(refused);
  });

  it('refuses a name that is no device id', async () => {
    const csrPem = await createCertificateRequest({
      privateKeyPem: createKeyPair('tls').privateKeyPem,
      commonName: 'x',
    });
    await expect(issueDeviceCertificate({ ca, csrPem, deviceId: 'a/b', now })).rejects.toMatchObject({
      code: 'invalid-input',
    });
  });
});

describe('issueServerCertificate and issueClientCertificate', () => {
  it('carries names and addresses, and the authority after it', async () => {
    const server = await issueServerCertificate({
      ca,
      names: ['localhost', 'box.lan'],
      ips: ['127.0.0.1', '::1'],
      now,
    });
    const certificate = new X509Certificate(server.certificatePem);
    expect(certificate.checkHost('box.lan')).toBe('box.lan');
    expect(certificate.checkHost('other.lan')).toBeUndefined();
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(certificate.checkIP('::1')).toBe('::1');
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    const [, issuer] = splitPem(server.certificatePem);
    expect(fingerprint(issuer ?? '')).toBe(fingerprint(ca.certificatePem));
  });

  it('names a client of ours', async () => {
    const client = await issueClientCertificate({ ca, commonName: 'plane', now });
    expect(parseCertificate(client.certificatePem).commonName).toBe('plane');
    expect(new X509Certificate(client.certificatePem).publicKey.export({ type: 'spki', format: 'pem' })).toBe(
      publicKeyOf(client.privateKeyPem),
    );
  });
});

describe('verifyChain', () => {
  const verify = (certificatePem: string, at = now, caPem = ca.certificatePem) =>
    verifyChain({ certificatePem, caPem, now: at });

  it('accepts a certificate of any of the authorities within its life', async () => {
    const pem = await newDevice();
    expect(verify(pem)).toEqual({ ok: true, commonName: deviceId });
    expect(verify(pem, now, otherCa.certificatePem + ca.certificatePem)).toMatchObject({ ok: true });
    expect(verify(pem, now + 90 * DAY)).toMatchObject({ ok: true });
  });

  it('tells why it refuses', async () => {
    const pem = await newDevice();
    expect(verify(pem, now + 90 * DAY + 1)).toEqual({ ok: false, reason: 'expired' });
    expect(verify(pem, now - DAY)).toEqual({ ok: false, reason: 'not-yet-valid' });
  });

  it('refuses an authority of the same name with another key, expired or not', async () => {
    const pem = await newDevice();
    expect(verify(pem, now, otherCa.certificatePem)).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/unknown-issuer|bad-signature/),
    });
    expect(verify(pem, now + 400 * DAY, otherCa.certificatePem)).not.toMatchObject({ reason: 'expired' });
  });

  it('refuses a certificate that another device signed', async () => {
    const { privateKeyPem } = createKeyPair('tls');
    const csrPem = await createCertificateRequest({ privateKeyPem, commonName: 'x' });
    const device = {
      certificatePem: await issueDeviceCertificate({ ca, csrPem, deviceId, now }),
      privateKeyPem,
    };
    const forged = await issueClientCertificate({ ca: device, commonName: deviceId, now });
    expect(verify(forged.certificatePem)).toEqual({ ok: false, reason: 'unknown-issuer' });
    expect(verify(forged.certificatePem, now, device.certificatePem)).toEqual({
      ok: false,
      reason: 'unknown-issuer',
    });
  });
});

describe('renewAt', () => {
  it('is two thirds into the life', () => {
    expect(renewAt({ notBefore: 1000, notAfter: 4000 })).toBe(3000);
  });
});

describe('createKeyPair', () => {
  it('makes P-256 keys for TLS and Ed25519 keys for documents, and never the same one twice', () => {
    const { privateKeyPem } = createKeyPair('tls');
    expect(privateKeyPem).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    expect(createKeyPair('tls').privateKeyPem).not.toBe(privateKeyPem);
    expect(createKeyPair('signing').publicKeyPem).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
  });

  it('makes no certificate for a key of another kind, and does not quote the key', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const privateKeyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const asking = createCertificateRequest({ privateKeyPem, commonName: 'x' });
    await expect(asking).rejects.toMatchObject({ code: 'invalid-input' });
    expect(() => publicKeyOf('-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n')).toThrow(/^(?!.*c2VjcmV0)/s);
  });
});
