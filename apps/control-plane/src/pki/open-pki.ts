import type { DataFolder } from '@flotilla/platform-files';
import { writeFileAtomic } from '@flotilla/platform-files';
import {
  createCertificateAuthority,
  fingerprint,
  issueClientCertificate,
  issueServerCertificate,
  type Identity,
} from '@flotilla/platform-pki';
import { PLANE_USER } from '@flotilla/plane-link';
import { isIssuedBy, keepOrIssue, namesExactly, readIdentity, writeIdentity } from './identity-file.ts';
import { openSigningKeys, type SigningKeys } from './signing-keys.ts';

export interface Pki {
  ca: Identity;
  caFingerprint: string;
  /** True when the authority was made just now: a first start. */
  caIsNew: boolean;
  signing: SigningKeys;
  /** For gateway and embedded broker. */
  server(): Identity;
  /** The control plane's own certificate at an external broker. */
  plane(): Identity;
  /** Issues again what names another address now or has used two thirds of its life. Says whether anything changed. */
  refresh(now: number): Promise<boolean>;
}

/** Keys and certificates of the data folder, in `pki/`; made where missing. */
export async function openPki({
  folder,
  names,
  ips,
  now,
}: {
  folder: DataFolder;
  names: readonly string[];
  ips: readonly string[];
  now: number;
}): Promise<Pki> {
  await folder.folder('pki');
  const held = await readIdentity(folder.file('pki', 'ca.json'));
  const ca = held ?? (await createCertificateAuthority({ now }));
  if (held === undefined) await writeIdentity(folder.file('pki', 'ca.json'), ca);
  await writeFileAtomic(folder.file('pki', 'ca.pem'), ca.certificatePem, { mode: 0o644 });

  const readServer = (at: number) =>
    keepOrIssue({
      path: folder.file('pki', 'server.json'),
      now: at,
      mayStay: (identity) => isIssuedBy({ identity, ca }) && namesExactly({ identity, names, ips }),
      issue: () => issueServerCertificate({ ca, names, ips, now: at }),
    });
  const readPlane = (at: number) =>
    keepOrIssue({
      path: folder.file('pki', 'plane.json'),
      now: at,
      mayStay: (identity) => isIssuedBy({ identity, ca }),
      issue: () => issueClientCertificate({ ca, commonName: PLANE_USER, now: at }),
    });
  let server = (await readServer(now)).identity;
  let plane = (await readPlane(now)).identity;

  return {
    ca,
    caFingerprint: fingerprint(ca.certificatePem),
    caIsNew: held === undefined,
    signing: await openSigningKeys({ path: folder.file('pki', 'signing.json'), now }),
    server: () => server,
    plane: () => plane,
    async refresh(at) {
      const [nextServer, nextPlane] = [await readServer(at), await readPlane(at)];
      server = nextServer.identity;
      plane = nextPlane.identity;
      return nextServer.isNew || nextPlane.isNew;
    },
  };
}
