import { createHash } from 'node:crypto';

/** SHA-256 as lower-case hex; a text is hashed as UTF-8. */
export function hashSha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
