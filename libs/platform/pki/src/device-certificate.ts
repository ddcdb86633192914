import { createPublicKey, KeyObject, type webcrypto } from 'node:crypto';

import { DeviceId, FlotillaError } from '@flotilla/contracts';

import { issue, type Identity } from './authority.ts';
import { hashSha256 } from './digest.ts';
import { toCryptoKeys } from './key-pair.ts';
import { loadX509 } from './x509.ts';

/** A PKCS#10 request in PEM for a key that stays where it is. The name in it is a hint; the issuer chooses its own. */
export async function createCertificateRequest({
  privateKeyPem,
  commonName,
}: {
  privateKeyPem: string;
  commonName: string;
}): Promise<string> {
  const { Pkcs10CertificateRequestGenerator } = await loadX509();
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [commonName] }],
    keys: toCryptoKeys(privateKeyPem),
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
  });
  return `${request.toString('pem').trim()}\n`;
}

/**
 * Signs a device's request for 90 days (default). Of the request only the public key is taken, after proof that the
 * asker holds its private half; the common name is the device id, and the only use is to be a TLS client.
 *
 * Throws `certificate-refused` for a request that is damaged, not signed by its own key, or not of a P-256 key.
 */
export async function issueDeviceCertificate({
  ca,
  csrPem,
  deviceId,
  now,
  days = 90,
}: {
  ca: Identity;
  csrPem: string;
  deviceId: string;
  now: number;
  days?: number;
}): Promise<string> {
  const id = DeviceId.safeParse(deviceId);
  if (!id.success) {
    throw new FlotillaError('invalid-input', 'A certificate is made for a device id.', {
      details: { field: 'deviceId' },
    });
  }
  const { ExtendedKeyUsage } = await loadX509();
  const publicKey = await publicKeyOfRequest(csrPem);
  return issue({ ca, publicKey, commonName: id.data, usage: ExtendedKeyUsage.clientAuth, now, days });
}

/**
 * SHA-256 (lower-case hex) of the public key in a request, as SubjectPublicKeyInfo, after proof that the asker holds its
 * private half: the same key asking again is the same device.
 *
 * Throws `certificate-refused` as issuing would.
 */
export async function readRequestKey(csrPem: string): Promise<{ keyFingerprint: string }> {
  const publicKey = KeyObject.from(await publicKeyOfRequest(csrPem));
  return { keyFingerprint: hashSha256(publicKey.export({ type: 'spki', format: 'der' })) };
}

async function publicKeyOfRequest(csrPem: string): Promise<webcrypto.CryptoKey> {
  const { Pkcs10CertificateRequest } = await loadX509();
  try {
    const request = new Pkcs10CertificateRequest(csrPem);
    const key = createPublicKey({ key: Buffer.from(request.publicKey.rawData), format: 'der', type: 'spki' });
    if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw refused('its key is not ECDSA on P-256');
    if (!(await request.verify())) throw refused('it is not signed by its own key');
    return key.toCryptoKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['verify']);
  } catch (cause) {
    throw cause instanceof FlotillaError ? cause : refused('it is damaged', cause);
  }
}

function refused(why: string, cause?: unknown): FlotillaError {
  return new FlotillaError('certificate-refused', `The certificate request is refused: ${why}.`, {
    cause,
    details: { field: 'csr', fix: 'Make a new key on the device and ask again.' },
  });
}
