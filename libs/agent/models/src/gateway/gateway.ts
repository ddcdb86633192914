/** What pulls need of the device gateway. Documents are small and come whole; blobs come by range. */
export interface GatewayClient {
  /**
   * GET of a document of at most `maxBytes`; undefined when the gateway answers 204.
   * Retries what may pass by itself; throws FlotillaError: the code the gateway answered, `offline`, `timeout`, `too-large`, `aborted`.
   */
  get(options: { path: string; maxBytes: number; signal?: AbortSignal }): Promise<Uint8Array | undefined>;
  /** POST of a JSON body; the answer's bytes. Not retried: the caller knows whether that is safe. */
  post(options: {
    path: string;
    body: unknown;
    maxBytes: number;
    signal?: AbortSignal;
  }): Promise<Uint8Array | undefined>;
  /**
   * Exactly `length` bytes of a blob from `offset`, in pieces as they arrive. A broken connection is resumed
   * where it broke, unseen by the caller; reading slowly slows the sender down.
   */
  readRange(options: {
    digest: string;
    offset: number;
    length: number;
    signal?: AbortSignal;
  }): AsyncIterable<Uint8Array>;
  /** Ends its connections. */
  close(): Promise<void>;
}
