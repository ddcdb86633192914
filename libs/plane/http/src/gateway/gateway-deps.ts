import type { Desired, DesiredMessage, KeyDocuments, KeySet } from '@flotilla/contracts';
import type { Clock } from '@flotilla/kernel';
import type { BlobStore, Catalogue, Releases } from '@flotilla/plane-catalogue';
import type { Registry } from '@flotilla/plane-registry';
import type { PlaneMetrics } from '../metrics.ts';

/** What the device gateway stands on. */
export interface GatewayDeps {
  registry: Registry;
  catalogue: Catalogue;
  releases: Releases;
  blobs: BlobStore;
  /** PEM of the authority whose device certificates are let in. */
  caPem: string;
  /** PEM of the authority's newest revocation list. */
  revocationList: () => string;
  /** What a device that joins is told; asked each time, since ports may be known only after the start. */
  addresses: { gatewayUrl: () => string; mqttUrl: () => string };
  keys: KeyDirectory;
  signDesired: (desired: Desired) => Promise<DesiredMessage>;
  metrics: PlaneMetrics;
  clock: Clock;
  onInternalError: (failure: { error: unknown; requestId: string; method: string; path: string }) => void;
}

/** The signing keys that devices trust. */
export interface KeyDirectory {
  current(): KeySet;
  documents(): KeyDocuments;
}
