import { randomBytes, type webcrypto } from 'node:crypto';

import { createKeyPair, toCryptoKeys } from './key-pair.ts';
import { loadX509, type x509 } from './x509.ts';

const DAY_MS = 86_400_000;

/** What we sign begins an hour early: a box's clock is rarely right to the minute. */
const EARLY_MS = 3_600_000;

/** A certificate with its private key, both PEM. */
export interface Identity {
  certificatePem: string;
  privateKeyPem: string;
}

/** Makes the authority that signs every certificate of one control plane. It signs no further authority. */
export async function createCertificateAuthority({
  name = 'Flotilla CA',
  now,
  days = 3653,
}: {
  name?: string;
  now: number;
  /** Default: ten years. */
  days?: number;
}): Promise<Identity> {
  const x509 = await loadX509();
  const { privateKeyPem } = createKeyPair('tls');
  const keys = toCryptoKeys(privateKeyPem);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: nameOf(name),
    ...lifetime({ now, days }),
    keys,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificatePem: pemOf(certificate), privateKeyPem };
}

/**
 * Makes a key and a certificate for a TLS server that is reached under these names and addresses.
 * The certificate text carries the authority's after it, so that a client that pins it can find it.
 */
export async function issueServerCertificate({
  ca,
  names,
  ips = [],
  now,
  days = 397,
}: {
  ca: Identity;
  names: readonly string[];
  ips?: readonly string[];
  now: number;
  days?: number;
}): Promise<Identity> {
  const { ExtendedKeyUsage, SubjectAlternativeNameExtension } = await loadX509();
  const { privateKeyPem } = createKeyPair('tls');
  const alternatives = [
    ...names.map((value) => ({ type: 'dns' as const, value })),
    ...ips.map((value) => ({ type: 'ip' as const, value })),
  ];
  const certificatePem = await issue({
    ca,
    publicKey: toCryptoKeys(privateKeyPem).publicKey,
    commonName: names[0] ?? ips[0] ?? 'server',
    usage: ExtendedKeyUsage.serverAuth,
    now,
    days,
    more: [new SubjectAlternativeNameExtension(alternatives)],
  });
  return { certificatePem: certificatePem + ca.certificatePem, privateKeyPem };
}

/** Makes a key and a certificate for a TLS client of ours, such as the control plane at an external broker. */
export async function issueClientCertificate({
  ca,
  commonName,
  now,
  days = 397,
}: {
  ca: Identity;
  commonName: string;
  now: number;
  days?: number;
}): Promise<Identity> {
  const { ExtendedKeyUsage } = await loadX509();
  const { privateKeyPem } = createKeyPair('tls');
  const { publicKey } = toCryptoKeys(privateKeyPem);
  const usage = ExtendedKeyUsage.clientAuth;
  return {
    certificatePem: await issue({ ca, publicKey, commonName, usage, now, days }),
    privateKeyPem,
  };
}

/** Signs one certificate with the authority; returns PEM that ends in a newline. */
export async function issue({
  ca,
  publicKey,
  commonName,
  usage,
  now,
  days,
  more = [],
}: {
  ca: Identity;
  publicKey: webcrypto.CryptoKey;
  commonName: string;
  usage: x509.ExtendedKeyUsageType;
  now: number;
  days: number;
  more?: x509.Extension[];
}): Promise<string> {
  const x509 = await loadX509();
  const issuer = new x509.X509Certificate(ca.certificatePem);
  const authority = toCryptoKeys(ca.privateKeyPem);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject: nameOf(commonName),
    issuer: issuer.subjectName.toJSON(),
    ...lifetime({ now, days }),
    publicKey,
    signingKey: authority.privateKey,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([usage]),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey),
      ...more,
    ],
  });
  return pemOf(certificate);
}

export function lifetime({ now, days }: { now: number; days: number }): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(now - EARLY_MS), notAfter: new Date(now + days * DAY_MS) };
}

/** As data, not as text: a name given as text would be parsed, and a comma in it would add another attribute. */
function nameOf(commonName: string): x509.JsonName {
  return [{ CN: [commonName] }];
}

/** 127 random bits; the first bit is left clear, as DER integers are signed and serials are positive. */
function newSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}

function pemOf(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem').trim()}\n`;
}
