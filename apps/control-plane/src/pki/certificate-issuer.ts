import { createHash, X509Certificate } from 'node:crypto';
import type { Clock } from '@flotilla/kernel';
import type { CertificateIssuer } from '@flotilla/plane-registry';
import { issueDeviceCertificate, parseCertificate, type Identity } from '@flotilla/platform-pki';

/** The authority as the registry needs it: it decides who gets a certificate, this makes it. */
export function createCertificateIssuer({ ca, clock }: { ca: Identity; clock: Clock }): CertificateIssuer {
  return {
    async readRequest(csrPem) {
      // Proof that the sender holds the key is part of issuing; this certificate is for nobody and leaves nowhere.
      const certificate = await issueDeviceCertificate({
        ca,
        csrPem,
        deviceId: 'nobody',
        now: clock.now(),
        days: 1,
      });
      const key = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' });
      return { keyFingerprint: createHash('sha256').update(key).digest('hex') };
    },
    async issue({ csrPem, deviceId }) {
      const certificate = await issueDeviceCertificate({ ca, csrPem, deviceId, now: clock.now() });
      const { serial, notBefore, notAfter } = parseCertificate(certificate);
      return { certificate, serial, notBefore, notAfter };
    },
    caCertificate: () => ca.certificatePem,
  };
}
