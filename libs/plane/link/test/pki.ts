import {
  createCertificateAuthority,
  createCertificateRequest,
  createKeyPair,
  createRevocationList,
  issueClientCertificate,
  issueDeviceCertificate,
  issueServerCertificate,
  type Identity,
} from '@flotilla/platform-pki';
import { PLANE_USER } from '../src/index.ts';

export interface TestPki {
  ca: Identity;
  server: Identity;
  plane: Identity;
  /** Of the authority, with nobody on it. */
  revocationList: string;
  device(deviceId: string): Promise<Identity>;
}

/** A real authority with a server, the control plane's own client, and any device. */
export async function testPki(): Promise<TestPki> {
  const now = Date.now();
  const ca = await createCertificateAuthority({ now });
  return {
    ca,
    server: await issueServerCertificate({ ca, names: ['localhost'], ips: ['127.0.0.1'], now }),
    plane: await issueClientCertificate({ ca, commonName: PLANE_USER, now }),
    revocationList: await createRevocationList({ ca, revoked: [], now }),
    async device(deviceId) {
      const { privateKeyPem } = createKeyPair('tls');
      const csrPem = await createCertificateRequest({ privateKeyPem, commonName: deviceId });
      return { privateKeyPem, certificatePem: await issueDeviceCertificate({ ca, csrPem, deviceId, now }) };
    },
  };
}
