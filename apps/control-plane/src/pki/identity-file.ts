import { X509Certificate } from 'node:crypto';
import { readJsonFile, writeJsonFile } from '@flotilla/platform-files';
import { parseCertificate, publicKeyOf, renewAt, type Identity } from '@flotilla/platform-pki';
import { z } from 'zod';

const IdentityDocument = z.object({ certificatePem: z.string(), privateKeyPem: z.string() });

/** A certificate and its key in one file, so that a crash never leaves one without the other. */
export function readIdentity(path: string): Promise<Identity | undefined> {
  return readJsonFile(path, IdentityDocument);
}

export function writeIdentity(path: string, identity: Identity): Promise<void> {
  return writeJsonFile(path, identity);
}

/** The file's identity if it may stay as it is, else a new one, written before it is used. */
export async function keepOrIssue({
  path,
  now,
  mayStay,
  issue,
}: {
  path: string;
  now: number;
  mayStay: (identity: Identity) => boolean;
  issue: () => Promise<Identity>;
}): Promise<{ identity: Identity; isNew: boolean }> {
  const held = await readIdentity(path);
  if (held !== undefined && now < renewAt(parseCertificate(held.certificatePem)) && mayStay(held)) {
    return { identity: held, isNew: false };
  }
  const identity = await issue();
  await writeIdentity(path, identity);
  return { identity, isNew: true };
}

/** Whether a certificate was issued by this authority for its own key. */
export function isIssuedBy({ identity, ca }: { identity: Identity; ca: Identity }): boolean {
  const certificate = new X509Certificate(identity.certificatePem);
  const authority = new X509Certificate(ca.certificatePem);
  const ownKey = certificate.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  return (
    certificate.checkIssued(authority) &&
    certificate.verify(authority.publicKey) &&
    ownKey.trim() === publicKeyOf(identity.privateKeyPem).trim()
  );
}

/** Whether a certificate names exactly these hosts and addresses. */
export function namesExactly({
  identity,
  names,
  ips,
}: {
  identity: Identity;
  names: readonly string[];
  ips: readonly string[];
}): boolean {
  const { subjectAltName = '' } = new X509Certificate(identity.certificatePem);
  const certificate = new X509Certificate(identity.certificatePem);
  const count = subjectAltName === '' ? 0 : subjectAltName.split(', ').length;
  return (
    count === names.length + ips.length &&
    names.every((name) => certificate.checkHost(name) !== undefined) &&
    ips.every((ip) => certificate.checkIP(ip) !== undefined)
  );
}
