import { createHash, timingSafeEqual } from 'node:crypto';

/** A key as it is kept: never the key itself. Keys are long random texts, so a plain hash is enough. */
export interface StoredApiKey {
  id: string;
  /** Lower-case hex. */
  sha256: string;
  /** Milliseconds since 1970 UTC from which it is not accepted. Default: never. */
  expiresAt?: number;
  /** Requests a minute, in any burst. Default: no bound. */
  requestsPerMinute?: number;
  /** Requests under way at once, streams until their end. Default: no bound. */
  parallel?: number;
  /** Its requests go before those of lower ones: -100 to 100. Default 0. */
  priority?: number;
}

export function hashApiKey(key: string): string {
  return createHash('sha256').update(key, 'utf8').digest('hex');
}

/** The stored key that this one is, comparing all of them in constant time. */
export function findApiKey(keys: readonly StoredApiKey[], given: string): StoredApiKey | undefined {
  const hash = Buffer.from(hashApiKey(given), 'hex');
  let found: StoredApiKey | undefined;
  for (const key of keys) {
    const stored = Buffer.from(key.sha256, 'hex');
    if (stored.length === hash.length && timingSafeEqual(stored, hash)) found = key;
  }
  return found;
}
