/** Randomness and hashing of secrets; the plain secret is shown once and never stored. */
export interface SecretHasher {
  /** At least 128 random bits as URL-safe text. */
  newSecret(): string;
  /** The same text for the same secret, and no way back: SHA-256 is enough for random secrets. */
  hash(secret: string): string;
}

/** A certificate as it was issued. */
export interface IssuedCertificate {
  /** PEM. */
  certificate: string;
  serial: string;
  notBefore: number;
  notAfter: number;
}

/** The control plane's certificate authority, as the registry needs it. */
export interface CertificateIssuer {
  /**
   * Reads a PKCS#10 request and checks that its sender holds the key.
   * Throws FlotillaError `invalid-input` for anything else.
   */
  readRequest(csrPem: string): Promise<{ keyFingerprint: string }>;
  /** A client certificate whose common name is the device id. */
  issue(request: { csrPem: string; deviceId: string }): Promise<IssuedCertificate>;
  /** PEM of the authority. */
  caCertificate(): string;
}

/** A new UUIDv7. */
export type NewId = () => string;

/** One page of a list in a fixed order. */
export interface PageRequest {
  /** At most 500; default 50. */
  limit?: number | undefined;
  /** `next` of the page before. */
  cursor?: string | undefined;
}

export interface Page<T> {
  items: T[];
  /** Absent on the last page. */
  next?: string | undefined;
}
