import { formatJoinToken } from '@flotilla/platform-pki';
import type { Clock } from '@flotilla/kernel';
import { createCatalogue, createReleases, type BlobStore } from '@flotilla/plane-catalogue';
import { createAccessTokens, createEventFeed, createRegistry } from '@flotilla/plane-registry';
import { createRollouts } from '@flotilla/plane-rollout';
import { nodeHashing as hashing, nodeSecrets as secrets, type PlaneStore } from '@flotilla/plane-store';
import { createTelemetry } from '@flotilla/plane-telemetry';
import type { ControlPlaneConfig } from './config.ts';
import { createCertificateIssuer } from './pki/certificate-issuer.ts';
import type { Pki } from './pki/open-pki.ts';
import { createNewId } from './new-id.ts';
import { schemaProblem } from './schema-problem.ts';

/** Those who decide, on their stores. Nothing here listens or runs by itself. */
export function composeServices({
  config,
  store,
  blobs,
  pki,
  clock,
}: {
  config: ControlPlaneConfig;
  store: PlaneStore;
  blobs: BlobStore;
  pki: Pki;
  clock: Clock;
}) {
  const newId = createNewId(clock);
  const events = createEventFeed({ store: store.eventStore, clock });
  const registry = createRegistry({
    store: store.registryStore,
    secrets,
    certificates: createCertificateIssuer({ ca: pki.ca, clock }),
    newId,
    clock,
    events,
  });
  const accessTokens = createAccessTokens({ store: store.accessStore, secrets, newId, clock });
  const catalogue = createCatalogue({ store: store.catalogueStore, blobs, hashing, clock, events });
  const releases = createReleases({
    store: store.releaseStore,
    catalogue,
    signer: pki.signing,
    hashing,
    schemaProblem,
    clock,
    events,
  });
  const rollouts = createRollouts({
    store: store.rolloutStore,
    registry,
    releases,
    hashing,
    clock,
    newId,
    events,
  });
  const telemetry = createTelemetry({
    store: store.telemetryStore,
    newId,
    clock,
    currency: config.currency,
    rawRetentionMs: config.telemetryRetention,
  });
  return { newId, events, registry, accessTokens, catalogue, releases, rollouts, telemetry };
}

export type Services = ReturnType<typeof composeServices>;

/** The whole join token around the registry's secret. */
export function createJoinTokenFormat({
  gatewayUrl,
  caFingerprint,
}: {
  gatewayUrl: string;
  caFingerprint: string;
}) {
  return ({ secret, expiresAt }: { secret: string; expiresAt: number }): string =>
    formatJoinToken({ v: 1, url: gatewayUrl, fingerprint: caFingerprint, secret, expires: expiresAt });
}
