import {
  CreateRolloutRequest,
  GoldenPrompt,
  JoinRequest,
  ReleaseSpec,
  Reported,
  type ReportedService,
} from '@flotilla/contracts';
import { uuidV7, type Clock } from '@flotilla/kernel';
import {
  createCatalogue,
  createReleases,
  type BlobStore,
  type Catalogue,
  type Releases,
  type Signer,
} from '@flotilla/plane-catalogue';
import {
  createAccessTokens,
  createEventFeed,
  createRegistry,
  type AccessTokens,
  type CertificateIssuer,
  type EventFeed,
  type Registry,
} from '@flotilla/plane-registry';
import { createRollouts, type Rollouts } from '@flotilla/plane-rollout';
import { createTelemetry, type Telemetry } from '@flotilla/plane-telemetry';
import { fakeClock, type FakeClock } from '@flotilla/testkit';
import { nodeHashing, nodeSecrets, type PlaneStore } from '../src/index.ts';

/** The whole core over one store. Keys and certificates are stand-ins: the registry only passes them on. */
export interface Plane {
  clock: FakeClock;
  newId: () => string;
  events: EventFeed;
  registry: Registry;
  access: AccessTokens;
  catalogue: Catalogue;
  releases: Releases;
  rollouts: Rollouts;
  telemetry: Telemetry;
}

let ids = 0;

export function newIdFrom(clock: Clock): () => string {
  return () => {
    ids += 1;
    const random = new Uint8Array(10);
    // The counter comes right after the time, so that ids made in one millisecond sort by birth as well.
    new DataView(random.buffer).setUint32(2, ids);
    return uuidV7({ now: clock.now(), random });
  };
}

export const certificates: CertificateIssuer = {
  readRequest: async (csrPem) => ({ keyFingerprint: nodeHashing.sha256(Buffer.from(csrPem)) }),
  issue: async ({ deviceId }) => ({
    certificate: `certificate of ${deviceId}`,
    serial: '01',
    notBefore: 0,
    notAfter: 9_999_999_999_999,
  }),
  caCertificate: () => 'ca',
};

const signer: Signer = {
  sign: async ({ payloadType, payload }) => ({
    payloadType,
    payload: Buffer.from(payload).toString('base64'),
    signatures: [{ keyid: 'test', sig: 'AA==' }],
  }),
};

export function createPlane({
  store,
  blobs,
  clock = fakeClock(),
}: {
  store: PlaneStore;
  blobs?: BlobStore;
  clock?: FakeClock;
}): Plane {
  const newId = newIdFrom(clock);
  const events = createEventFeed({ store: store.eventStore, clock });
  const registry = createRegistry({
    store: store.registryStore,
    secrets: nodeSecrets,
    certificates,
    newId,
    clock,
    events,
  });
  const catalogue = createCatalogue({
    store: store.catalogueStore,
    blobs: blobs ?? noBlobs,
    hashing: nodeHashing,
    clock,
    events,
  });
  const releases = createReleases({
    store: store.releaseStore,
    catalogue,
    signer,
    hashing: nodeHashing,
    schemaProblem: () => undefined,
    clock,
    events,
  });
  return {
    clock,
    newId,
    events,
    registry,
    catalogue,
    releases,
    access: createAccessTokens({ store: store.accessStore, secrets: nodeSecrets, newId, clock }),
    rollouts: createRollouts({
      store: store.rolloutStore,
      registry,
      releases,
      hashing: nodeHashing,
      clock,
      newId,
      events,
    }),
    telemetry: createTelemetry({ store: store.telemetryStore, newId, clock }),
  };
}

const noBlobs: BlobStore = {
  put: () => Promise.reject(new TypeError('this test has no blobs')),
  open: () => Promise.reject(new TypeError('this test has no blobs')),
  has: async () => false,
  size: async () => undefined,
  remove: async () => undefined,
};

export const AGENT = {
  version: '0.1.0',
  protocols: ['mqtt/1'],
  capabilities: [
    'release-v1',
    'golden-prompts-v1',
    'chunked-pull-v1',
    'system-prompt-v1',
    'memory-share-v1',
    'min-speed-v1',
  ],
};

export const FACTS = {
  v: 1 as const,
  at: 0,
  hostname: 'box',
  os: { platform: 'linux' },
  cpu: { arch: 'x64', cores: 4, usableCores: 4 },
  memory: { totalBytes: 8 * 2 ** 30, availableBytes: 6 * 2 ** 30 },
  bootId: 'boot',
};

export async function newToken(plane: Plane, maxUses = 1_000): Promise<string> {
  const { secret } = await plane.registry.createJoinToken(
    { maxUses, expiresInMs: 3_600_000, labels: {} },
    'test',
  );
  return secret;
}

export function joinRequest(secret: string, key: string, labels: Record<string, string> = {}): JoinRequest {
  return JoinRequest.parse({ v: 1, secret, csr: key, name: key, labels, agent: AGENT, facts: FACTS });
}

/** Devices `box-0`, `box-1`, … online, in the order of their ids. */
export async function joinDevices(
  plane: Plane,
  count: number,
  labels: (index: number) => Record<string, string> = () => ({}),
): Promise<string[]> {
  const secret = await newToken(plane);
  const joined: string[] = [];
  for (let index = 0; index < count; index++) {
    const { deviceId } = await plane.registry.join(joinRequest(secret, `box-${index}`, labels(index)));
    const now = plane.clock.now();
    await plane.registry.markStatus(deviceId, { v: 1, state: 'online', at: now, session: 's' }, now);
    joined.push(deviceId);
  }
  return joined;
}

export function reportOf({
  deviceId,
  generation,
  at,
  services,
  failedReleases = [],
}: {
  deviceId: string;
  generation: number;
  at: number;
  services: ReportedService[];
  failedReleases?: Reported['failedReleases'];
}): Reported {
  return Reported.parse({
    v: 1,
    deviceId,
    generation,
    at,
    agent: AGENT,
    facts: FACTS,
    services,
    failedReleases,
  });
}

/** A catalogue entry without a file, for those who only need its name. */
export async function addVariant(store: PlaneStore, name: string): Promise<void> {
  await store.catalogueStore.addVariant({
    model: { id: 'model', title: 'model', description: '', licence: 'x', origin: 'imported', createdAt: 0 },
    variant: {
      digest: nodeHashing.sha256(Buffer.from(name)),
      name,
      modelId: 'model',
      quantization: 'Q4_0',
      bytes: 1_000,
      manifestDigest: nodeHashing.sha256(Buffer.from(`manifest of ${name}`)),
      facts: { architecture: 'llama', quantization: 'Q4_0', parameters: 1_000 },
    },
  });
}

export function releaseSpec(variant: string, service = 'assistant'): ReleaseSpec {
  const golden = GoldenPrompt.parse({
    id: 'one',
    messages: [{ role: 'user', content: 'question' }],
    expect: { kind: 'exact', value: 'answer' },
  });
  return ReleaseSpec.parse({
    service,
    candidates: [variant],
    intent: { contextTokens: 512 },
    goldenPrompts: [golden],
  });
}

export function rolloutRequest(
  release: string,
  more: Partial<CreateRolloutRequest> = {},
): CreateRolloutRequest {
  return CreateRolloutRequest.parse({ release, selector: '*', ...more });
}
