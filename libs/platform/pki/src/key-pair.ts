import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  type webcrypto,
} from 'node:crypto';

import { FlotillaError } from '@flotilla/contracts';

/** A key as PEM: PKCS#8 for the private half (write it with mode 600), SubjectPublicKeyInfo for the public one. */
export interface KeyPair {
  privateKeyPem: string;
  publicKeyPem: string;
}

/** Makes a key: ECDSA P-256 for `tls`, Ed25519 for `signing` documents. */
export function createKeyPair(purpose: 'tls' | 'signing'): KeyPair {
  const { privateKey } =
    purpose === 'tls' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519');
  return {
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKeyPem: createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString(),
  };
}

/** The public half of a private key's PEM. */
export function publicKeyOf(privateKeyPem: string): string {
  return createPublicKey(readPrivateKey(privateKeyPem)).export({ type: 'spki', format: 'pem' }).toString();
}

/** Throws `invalid-input` for a text that is no private key; the text is in no message. */
export function readPrivateKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    // The cause is left out: OpenSSL's errors may quote what they read.
    throw new FlotillaError('invalid-input', 'This is not a private key in PEM.', {
      details: { field: 'privateKeyPem' },
    });
  }
}

/** The two halves as WebCrypto keys, as @peculiar/x509 wants them. ECDSA P-256 only. */
export function toCryptoKeys(privateKeyPem: string): CryptoKeyPair {
  const key = readPrivateKey(privateKeyPem);
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new FlotillaError('invalid-input', 'Certificates take ECDSA keys on P-256.', {
      details: { field: 'privateKeyPem' },
    });
  }
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  return {
    privateKey: key.toCryptoKey(algorithm, true, ['sign']),
    publicKey: createPublicKey(key).toCryptoKey(algorithm, true, ['verify']),
  };
}

interface CryptoKeyPair {
  privateKey: webcrypto.CryptoKey;
  publicKey: webcrypto.CryptoKey;
}
