import { parseCertificate, readCertificate, splitPem } from './certificate.ts';

export type ChainVerdict =
  | { ok: true; commonName: string }
  /** `expired` and `not-yet-valid` are told only of a certificate that one of the authorities did sign. */
  | { ok: false; reason: 'unknown-issuer' | 'bad-signature' | 'not-yet-valid' | 'expired' };

/**
 * Whether one of the authorities signed the first certificate of a PEM text, and whether it is in its lifetime.
 *
 * @param options.caPem one or more authorities, concatenated.
 */
export function verifyChain({
  certificatePem,
  caPem,
  now,
}: {
  certificatePem: string;
  caPem: string;
  now: number;
}): ChainVerdict {
  const certificate = readCertificate(certificatePem);
  const issuers = splitPem(caPem)
    .map(readCertificate)
    .filter((authority) => authority.ca && certificate.checkIssued(authority));
  if (issuers.length === 0) return { ok: false, reason: 'unknown-issuer' };
  if (!issuers.some(({ publicKey }) => certificate.verify(publicKey)))
    return { ok: false, reason: 'bad-signature' };
  const { commonName, notBefore, notAfter } = parseCertificate(certificatePem);
  if (now < notBefore) return { ok: false, reason: 'not-yet-valid' };
  return now > notAfter ? { ok: false, reason: 'expired' } : { ok: true, commonName };
}
