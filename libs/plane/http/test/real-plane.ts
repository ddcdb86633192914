import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import type { Role } from '@flotilla/contracts';
import { uuidV7 } from '@flotilla/kernel';
import { createCatalogue, createReleases } from '@flotilla/plane-catalogue';
import {
  createAccessTokens,
  createEventFeed,
  createRegistry,
  type CertificateIssuer,
} from '@flotilla/plane-registry';
import { createRollouts } from '@flotilla/plane-rollout';
import { createBlobFolder, nodeHashing, nodeSecrets, openStore } from '@flotilla/plane-store';
import { createTelemetry } from '@flotilla/plane-telemetry';
import { createKeyPair, signDsse } from '@flotilla/platform-pki';
import { fakeClock, tempFolder } from '@flotilla/testkit';
import { createPendingImports, createPlaneApp, createPlaneMetrics, type PlaneDeps } from '../src/index.ts';

/** The app over real services on a real database, and tokens of every role. Time is the test's. */
export async function realPlane(changes: Partial<PlaneDeps> = {}) {
  const folder = await tempFolder({ name: 'plane-http' });
  const store = await openStore({ url: `sqlite:${folder.file('plane.db')}` });
  await store.migrate();
  const clock = fakeClock();
  const newId = () => uuidV7({ now: clock.now(), random: randomBytes(10) });
  const events = createEventFeed({ store: store.eventStore, clock });
  const registry = createRegistry({
    store: store.registryStore,
    secrets: nodeSecrets,
    certificates: noCertificates,
    newId,
    clock,
    events,
  });
  const accessTokens = createAccessTokens({ store: store.accessStore, secrets: nodeSecrets, newId, clock });
  await mkdir(folder.file('blobs'));
  const blobs = createBlobFolder({ folder: folder.file('blobs') });
  const catalogue = createCatalogue({
    store: store.catalogueStore,
    blobs,
    hashing: nodeHashing,
    clock,
    events,
  });
  const { privateKeyPem } = createKeyPair('signing');
  const releases = createReleases({
    store: store.releaseStore,
    catalogue,
    signer: { sign: async (document) => signDsse({ ...document, privateKeysPem: [privateKeyPem] }) },
    hashing: nodeHashing,
    schemaProblem: () => undefined,
    clock,
    events,
  });
  const rollouts = createRollouts({
    store: store.rolloutStore,
    registry,
    releases,
    hashing: nodeHashing,
    clock,
    newId,
    events,
  });
  const telemetry = createTelemetry({ store: store.telemetryStore, newId, clock });
  const stopping = new AbortController();
  const internalErrors: unknown[] = [];
  const deps: PlaneDeps = {
    registry,
    accessTokens,
    events,
    catalogue,
    releases,
    rollouts,
    telemetry,
    imports: createPendingImports({ clock, newId }),
    sendCommand: async () => {},
    joinToken: ({ secret }) => `token-around-${secret}`,
    checkReady: () => store.ready(),
    metrics: createPlaneMetrics({ countByState: () => registry.countByState() }),
    clock,
    newId,
    onInternalError: (failure) => void internalErrors.push(failure),
    stopping: stopping.signal,
    ...changes,
  };
  const app = createPlaneApp(deps);
  const tokens = {} as Record<Role, string>;
  for (const role of ['viewer', 'operator', 'admin'] as const) {
    tokens[role] = (await accessTokens.create({ name: role, role })).token;
  }
  return {
    app,
    deps,
    clock,
    tokens,
    stopping,
    internalErrors,
    folder,
    as: (role: Role, init: RequestInit = {}) => ({
      ...init,
      headers: { authorization: `Bearer ${tokens[role]}`, ...init.headers },
    }),
    async close() {
      stopping.abort();
      await store.close();
      await folder.remove();
    },
  };
}

export type RealPlane = Awaited<ReturnType<typeof realPlane>>;

/** JSON as a request body. */
export function send(method: string, value: unknown): RequestInit {
  return { method, body: JSON.stringify(value), headers: { 'content-type': 'application/json' } };
}

/** Nobody joins through the people's API. */
const noCertificates: CertificateIssuer = {
  readRequest: async () => ({ keyFingerprint: randomBytes(32).toString('hex') }),
  issue: async () => ({ certificate: 'none', serial: '01', notBefore: 0, notAfter: 1 }),
  caCertificate: () => 'none',
};
