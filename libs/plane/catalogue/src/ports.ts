import type { DsseEnvelope } from '@flotilla/contracts';

/** SHA-256, whole or as bytes come. Lower-case hex. */
export interface Hashing {
  sha256(bytes: Uint8Array): string;
  start(): { update(bytes: Uint8Array): void; digest(): string };
}

/** What keeps a document from being a JSON schema (2020-12) that a device could judge by; undefined when nothing does. */
export type SchemaProblem = (schema: Record<string, unknown>) => string | undefined;

/** Signs with the control plane's current key. */
export interface Signer {
  /** A DSSE envelope over the payload. */
  sign(document: { payloadType: string; payload: Uint8Array }): Promise<DsseEnvelope>;
}

/** Bytes named by their SHA-256. Nothing is held whole in memory. */
export interface BlobStore {
  /** Visible only once complete. Throws `digest-mismatch` when `expectedDigest` is another; then nothing is kept. */
  put(blob: {
    source: AsyncIterable<Uint8Array>;
    expectedDigest?: string | undefined;
  }): Promise<{ digest: string; bytes: number }>;
  /** Bytes from `start` (default 0) up to, not including, `end` (default: all). Throws `not-found`. */
  open(range: { digest: string; start?: number; end?: number }): Promise<AsyncIterable<Uint8Array>>;
  has(digest: string): Promise<boolean>;
  /** Bytes; undefined when it is not held. */
  size(digest: string): Promise<number | undefined>;
  remove(digest: string): Promise<void>;
}
