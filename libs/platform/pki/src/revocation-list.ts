import { lifetime, type Identity } from './authority.ts';
import { toCryptoKeys } from './key-pair.ts';
import { loadX509 } from './x509.ts';

/**
 * A certificate revocation list of the authority, as PEM: what a broker of somebody else's is given (`crlfile`).
 *
 * It is good for 90 days (default), the life of a device's certificate: a broker whose list has ended refuses every
 * device, and ours may be away for long.
 */
export async function createRevocationList({
  ca,
  revoked,
  now,
  days = 90,
}: {
  ca: Identity;
  /** Serials are hexadecimal. */
  revoked: readonly { serial: string; revokedAt: number }[];
  now: number;
  days?: number;
}): Promise<string> {
  const x509 = await loadX509();
  const issuer = new x509.X509Certificate(ca.certificatePem);
  const authority = toCryptoKeys(ca.privateKeyPem);
  const { notBefore, notAfter } = lifetime({ now, days });
  const list = await x509.X509CrlGenerator.create({
    issuer: issuer.subjectName.toJSON(),
    thisUpdate: notBefore,
    nextUpdate: notAfter,
    entries: revoked.map(({ serial, revokedAt }) => ({
      serialNumber: serial,
      revocationDate: new Date(revokedAt),
    })),
    signingKey: authority.privateKey,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    extensions: [await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey)],
  });
  // Not the library's own tag, `CRL`: OpenSSL knows no such thing.
  return `${x509.PemConverter.encode(list.rawData, 'X509 CRL').trim()}\n`;
}
