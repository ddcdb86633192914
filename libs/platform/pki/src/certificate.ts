import { X509Certificate } from 'node:crypto';

import { FlotillaError } from '@flotilla/contracts';

/** What we read from a certificate. Times are milliseconds since 1970 UTC. */
export interface CertificateFacts {
  commonName: string;
  /** Lower-case hex. */
  serial: string;
  notBefore: number;
  notAfter: number;
  /** SHA-256 of the DER bytes, lower-case hex. */
  fingerprint: string;
  isAuthority: boolean;
}

/** Throws `certificate-refused` for a text that is no certificate. */
export function readCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new FlotillaError('certificate-refused', 'This is not a certificate in PEM.', { cause });
  }
}

/** The facts of the first certificate in a PEM text. */
export function parseCertificate(pem: string): CertificateFacts {
  const certificate = readCertificate(pem);
  // Only the last CN counts where a subject has several: that is also what TLS libraries tell a broker.
  const commonName = certificate.subject
    .split('\n')
    .filter((line) => line.startsWith('CN='))
    .at(-1)
    ?.slice(3);
  return {
    commonName: commonName ?? '',
    serial: certificate.serialNumber.toLowerCase(),
    notBefore: certificate.validFromDate.getTime(),
    notAfter: certificate.validToDate.getTime(),
    fingerprint: fingerprint(pem),
    isAuthority: certificate.ca,
  };
}

/** SHA-256 of a certificate's DER bytes, lower-case hex: what join tokens name. */
export function fingerprint(pem: string): string {
  return readCertificate(pem).fingerprint256.replaceAll(':', '').toLowerCase();
}

/** When a certificate should be renewed, in milliseconds since 1970: at two thirds of its life. */
export function renewAt({ notBefore, notAfter }: Pick<CertificateFacts, 'notBefore' | 'notAfter'>): number {
  return Math.floor(notBefore + ((notAfter - notBefore) * 2) / 3);
}

/** The certificates of a PEM text, one text each. */
export function splitPem(pem: string): string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}
