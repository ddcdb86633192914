import type { ReleaseSpec, ReleaseView, SignedRelease } from '@flotilla/contracts';

/** Immutable, signed releases. Errors: `invalid-input` naming the field, `too-large`, `not-found`. */
export interface Releases {
  /** The revision is the service's last one plus one. An unknown candidate is refused by its field. */
  create(spec: ReleaseSpec, by: string): Promise<ReleaseView>;
  /** `assistant@3`, `assistant` (its newest) or a digest. Throws `not-found`. */
  get(ref: string): Promise<ReleaseView>;
  /** Newest first. */
  list(request?: {
    service?: string | undefined;
    limit?: number | undefined;
    cursor?: string | undefined;
  }): Promise<{ items: ReleaseView[]; next?: string | undefined }>;
  count(): Promise<number>;
  /** As a device fetches it. Throws `not-found`. */
  getSigned(digest: string): Promise<SignedRelease>;
}
