import { describe, expect, it } from 'vitest';

import { createCertificateAuthority, issueClientCertificate } from './authority.ts';
import { parseCertificate } from './certificate.ts';
import { createRevocationList } from './revocation-list.ts';
import { loadX509 } from './x509.ts';

const x509 = await loadX509();
const DAY = 86_400_000;
const now = Date.UTC(2026, 10, 23, 12);

describe('createRevocationList', () => {
  it('names what was revoked, is signed by the authority and outlives a device certificate', async () => {
    const ca = await createCertificateAuthority({ now });
    const { certificatePem } = await issueClientCertificate({ ca, commonName: 'box', now });
    const { serial } = parseCertificate(certificatePem);
    const pem = await createRevocationList({ ca, revoked: [{ serial, revokedAt: now - DAY }], now });
    expect(pem).toMatch(/^-----BEGIN X509 CRL-----\n/);
    const list = new x509.X509Crl(pem);
    expect(await list.verify(new x509.X509Certificate(ca.certificatePem))).toBe(true);
    expect(list.issuer).toBe('CN=Flotilla CA');
    expect(list.thisUpdate.getTime()).toBeLessThan(now);
    expect(list.nextUpdate?.getTime()).toBe(now + 90 * DAY);
    expect(list.entries.map((entry) => [entry.serialNumber, entry.revocationDate.getTime()])).toEqual([
      [serial.toLowerCase(), now - DAY],
    ]);
    expect(list.findRevoked(new x509.X509Certificate(certificatePem))).not.toBeNull();
  });

  it('is a list all the same when nothing was revoked', async () => {
    const ca = await createCertificateAuthority({ now });
    const list = new x509.X509Crl(await createRevocationList({ ca, revoked: [], now }));
    expect(list.entries).toEqual([]);
    const { certificatePem } = await issueClientCertificate({ ca, commonName: 'box', now });
    expect(list.findRevoked(new x509.X509Certificate(certificatePem))).toBeNull();
  });
});
