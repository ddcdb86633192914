import { Release, type Desired, type Resolution } from '@flotilla/contracts';
import { filesOf, type Limits, type Placement, type ServiceRecord, type Slot, type World } from '../state.ts';

/** A digest that reads as its name: `digest('a')` is 64 hex digits that begin with the name's bytes. */
export function digest(name: string): string {
  return Array.from(name, (letter) => letter.charCodeAt(0).toString(16).padStart(2, '0'))
    .join('')
    .padEnd(64, '0');
}

export const LIMITS: Limits = {
  capabilities: ['release-v1', 'golden-prompts-v1', 'chunked-pull-v1', 'memory-share-v1'],
  memoryBytes: 1_000,
  freeDiskBytes: 10_000,
  key: 'limits-1',
};

/** A service whose releases differ in their adapters alone: all of them are on one model. */
export const ADAPTED = 'tagger';

const modelDigest = (service: string, revision: number): string =>
  digest(service === ADAPTED ? `model ${service}` : `model ${service} ${revision}`);

/** Digest of the adapter that `tagger@2` applies to its model. */
export const adapterDigest = (revision: number): string => digest(`adapter ${revision}`);

function adapterOf(service: string, revision: number): Pick<Placement, 'adapter'> {
  if (service !== ADAPTED) return {};
  const manifestDigest = digest(`adapter manifest ${revision}`);
  const file = { digest: adapterDigest(revision), manifestDigest, bytes: 10 };
  return { adapter: { ...file, name: `adapter-${revision}`, scale: 1 } };
}

/** `release('assistant', 2)` is assistant@2, whose only candidate is the model `assistant-2`. */
export function release(service: string, revision: number, change: Partial<Release> = {}): Release {
  return Release.parse({
    v: 1,
    service,
    revision,
    createdAt: 0,
    requires: ['release-v1'],
    intent: { contextTokens: 512 },
    sampling: {},
    candidates: [
      {
        variant: `${service}-${revision}`,
        modelId: service,
        digest: modelDigest(service, revision),
        manifestDigest: digest(`manifest ${service} ${revision}`),
        bytes: 100,
        quantization: 'Q8_0',
        facts: { architecture: 'llama', quantization: 'Q8_0' },
        ...adapterOf(service, revision),
      },
    ],
    goldenPrompts: [
      { id: 'hello', messages: [{ role: 'user', content: 'Hi' }], expect: { kind: 'exact', value: 'Hello' } },
    ],
    ...change,
  });
}

export function releaseDigest(service: string, revision: number): string {
  return digest(`release ${service} ${revision}`);
}

export function placement(service: string, revision: number, change: Partial<Placement> = {}): Placement {
  return {
    variant: `${service}-${revision}`,
    digest: modelDigest(service, revision),
    manifestDigest: digest(`manifest ${service} ${revision}`),
    bytes: 100,
    quantization: 'Q8_0',
    ...adapterOf(service, revision),
    contextTokens: 512,
    sequences: 4,
    batchTokens: 512,
    kvType: 'f16',
    need: { weightsBytes: 200, contextBytes: 100, totalBytes: 300 },
    ...change,
  };
}

export function resolution(service: string, revision: number): Resolution {
  return {
    at: 0,
    release: releaseDigest(service, revision),
    chosen: `${service}-${revision}`,
    candidates: [
      {
        variant: `${service}-${revision}`,
        digest: digest(`model ${service} ${revision}`),
        verdict: 'chosen',
        reason: 'needs 300 bytes, 1,000 may be used',
      },
    ],
  };
}

export function record(
  service: string,
  revision: number,
  change: Partial<ServiceRecord> = {},
): ServiceRecord {
  return {
    service,
    release: releaseDigest(service, revision),
    revision,
    placement: placement(service, revision),
    resolution: resolution(service, revision),
    limitsKey: LIMITS.key,
    ...change,
  };
}

export function slot(service: string, revision: number, stage: Slot['stage'], checked = true): Slot {
  return { record: record(service, revision), stage, checked };
}

/** `desire(['assistant', 2], ['summary', 1, 'hold'])` */
export function desire(
  ...services: [service: string, revision: number, activation?: 'go' | 'hold'][]
): Desired {
  return {
    v: 1,
    deviceId: 'd-1',
    generation: 1,
    issuedAt: 0,
    services: services.map(([service, revision, activation = 'go']) => ({
      service,
      release: releaseDigest(service, revision),
      revision,
      activation,
    })),
    pinned: [],
    policy: {},
  };
}

export const EMPTY: World = {
  current: { v: 1, services: [] },
  rollback: { v: 1, services: [], failed: [] },
  releases: new Map(),
  choices: new Map(),
  blobs: new Map(),
  slots: [],
  swaps: new Map(),
  collected: undefined,
  retrying: new Map(),
};

/** A box on whose disk these releases lie, fetched and verified. */
export function onDisk(
  ...releases: [service: string, revision: number][]
): Pick<World, 'releases' | 'blobs'> {
  return {
    releases: new Map(releases.map(([s, r]) => [releaseDigest(s, r), release(s, r)])),
    blobs: new Map(
      releases
        .flatMap(([s, r]) => filesOf(placement(s, r)))
        .map((file) => [file.digest, { state: 'verified' as const, doneBytes: file.bytes }]),
    ),
  };
}

/** A box where these serve and nothing is left to do. */
export function serving(...services: [service: string, revision: number][]): World {
  return {
    ...EMPTY,
    ...onDisk(...services),
    current: { v: 1, services: services.map(([s, r]) => record(s, r)) },
    slots: services.map(([s, r]) => slot(s, r, 'serving')),
  };
}

export function failed(service: string, revision: number, code = 'golden-prompt-failed') {
  return {
    service,
    release: releaseDigest(service, revision),
    revision,
    problem: { code, detail: 'It went wrong.' },
    at: 0,
  };
}
