import { createHash, randomBytes } from 'node:crypto';
import type { Hashing } from '@flotilla/plane-catalogue';
import type { SecretHasher } from '@flotilla/plane-registry';

/** SHA-256 by the platform. */
export const nodeHashing: Hashing = {
  sha256: (bytes) => createHash('sha256').update(bytes).digest('hex'),
  start() {
    const hash = createHash('sha256');
    return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest('hex') };
  },
};

/** Secrets of 256 random bits; with that much, a plain hash gives nothing away. */
export const nodeSecrets: SecretHasher = {
  newSecret: () => randomBytes(32).toString('base64url'),
  hash: (secret) => createHash('sha256').update(secret).digest('hex'),
};
