import type { Clock } from '@flotilla/kernel';
import type { CertificateIssuer } from '@flotilla/plane-registry';
import {
  issueDeviceCertificate,
  parseCertificate,
  readRequestKey,
  type Identity,
} from '@flotilla/platform-pki';

/** The authority as the registry needs it: it decides who gets a certificate, this makes it. */
export function createCertificateIssuer({ ca, clock }: { ca: Identity; clock: Clock }): CertificateIssuer {
  return {
    readRequest: readRequestKey,
    async issue({ csrPem, deviceId }) {
      const certificate = await issueDeviceCertificate({ ca, csrPem, deviceId, now: clock.now() });
      const { serial, notBefore, notAfter } = parseCertificate(certificate);
      return { certificate, serial, notBefore, notAfter };
    },
    caCertificate: () => ca.certificatePem,
  };
}
