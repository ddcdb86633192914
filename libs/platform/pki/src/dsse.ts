import { createPublicKey, sign, verify, type KeyObject } from 'node:crypto';

import { FlotillaError, type DsseEnvelope, type SigningKey } from '@flotilla/contracts';

import { hashSha256 } from './digest.ts';
import { readPrivateKey } from './key-pair.ts';

export type DsseVerdict =
  | { ok: true; payload: Uint8Array; keyId: string }
  /** `unknown-key`: no signature names a trusted key. `bad-signature`: one does, and is not of that key over this payload. */
  | { ok: false; reason: 'wrong-type' | 'unknown-key' | 'bad-signature' };

/** The bytes that a DSSE signature covers (pre-authentication encoding, version 1): the type cannot be swapped. */
export function preAuthEncoding({
  payloadType,
  payload,
}: {
  payloadType: string;
  payload: Uint8Array;
}): Uint8Array {
  const type = Buffer.from(payloadType, 'utf8');
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${type.length} `, 'utf8'),
    type,
    Buffer.from(` ${payload.length} `, 'utf8'),
    payload,
  ]);
}

/**
 * Signs a document with every given Ed25519 key.
 *
 * @param options.privateKeysPem PKCS#8 PEM, at least one.
 */
export function signDsse({
  payloadType,
  payload,
  privateKeysPem,
}: {
  payloadType: string;
  payload: Uint8Array;
  privateKeysPem: readonly string[];
}): DsseEnvelope {
  const covered = preAuthEncoding({ payloadType, payload });
  return {
    payloadType,
    payload: Buffer.from(payload).toString('base64'),
    signatures: privateKeysPem.map((pem) => {
      const key = readPrivateKey(pem);
      return { keyid: signingKeyOf(key).id, sig: sign(null, covered, key).toString('base64') };
    }),
  };
}

/**
 * Verifies that at least one key of a trusted set signed the envelope. The payload that comes back is the bytes that
 * were verified: parse those, never the envelope's.
 */
export function verifyDsse({
  envelope,
  keys,
  payloadType,
}: {
  envelope: DsseEnvelope;
  keys: readonly SigningKey[];
  /** The type the caller is about to read; an envelope of another one is refused before anything else. */
  payloadType: string;
}): DsseVerdict {
  if (envelope.payloadType !== payloadType) return { ok: false, reason: 'wrong-type' };
  const payload = Buffer.from(envelope.payload, 'base64');
  const covered = preAuthEncoding({ payloadType, payload });
  let known = false;
  for (const { keyid, sig } of envelope.signatures) {
    const trusted = keys.find(({ id }) => id === keyid);
    const key = trusted && readSigningKey(trusted);
    if (!key) continue;
    known = true;
    if (verify(null, covered, key, Buffer.from(sig, 'base64')))
      return { ok: true, payload: new Uint8Array(payload), keyId: keyid };
  }
  return { ok: false, reason: known ? 'bad-signature' : 'unknown-key' };
}

/** The public document of a signing key: of its PEM, either half. The id is the SHA-256 of the SubjectPublicKeyInfo. */
export function signingKeyOf(key: string | KeyObject): SigningKey {
  const publicKey = publicHalf(key);
  if (publicKey?.asymmetricKeyType !== 'ed25519') {
    throw new FlotillaError(
      'invalid-input',
      'This is not an Ed25519 key, and documents are signed with those.',
      {
        details: { field: 'key' },
      },
    );
  }
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return { id: hashSha256(der), algorithm: 'ed25519', publicKey: der.toString('base64') };
}

function publicHalf(key: string | KeyObject): KeyObject | undefined {
  if (typeof key !== 'string') return key.type === 'public' ? key : createPublicKey(key);
  try {
    return createPublicKey(key);
  } catch {
    return undefined; // refused by the caller, without OpenSSL's text, which may quote a private key
  }
}

/** Undefined where the id is not the digest of the key, or the key is none: such an entry is as good as not there. */
function readSigningKey({ id, publicKey }: SigningKey): KeyObject | undefined {
  const der = Buffer.from(publicKey, 'base64');
  if (hashSha256(der) !== id) return undefined;
  try {
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    return key.asymmetricKeyType === 'ed25519' ? key : undefined;
  } catch {
    return undefined;
  }
}
