import type { ResolveVariantResult } from '@flotilla/agent-models';
import { DeviceFacts, Release, type CandidateVerdict } from '@flotilla/contracts';
import { fakeClock } from '@flotilla/testkit';
import { describe, expect, it } from 'vitest';
import { createResolverPort } from './resolver-port.ts';

const release = Release.parse({
  v: 1,
  service: 'assistant',
  revision: 1,
  createdAt: 0,
  requires: [],
  intent: { contextTokens: 512 },
  sampling: {},
  candidates: [
    {
      variant: 'harbor-1m-q8_0',
      modelId: 'harbor-1m',
      digest: 'ab'.repeat(32),
      manifestDigest: 'cd'.repeat(32),
      bytes: 100,
      quantization: 'Q8_0',
      facts: { architecture: 'llama', quantization: 'Q8_0' },
    },
  ],
  goldenPrompts: [
    { id: 'hello', messages: [{ role: 'user', content: 'Hi' }], expect: { kind: 'exact', value: 'Hi' } },
  ],
});

const rejected = (constraint: CandidateVerdict['constraint'], reason: string): ResolveVariantResult => ({
  resolution: {
    at: 0,
    release: 'ef'.repeat(32),
    candidates: [
      { variant: 'harbor-1m-q8_0', digest: 'ab'.repeat(32), verdict: 'rejected', constraint, reason },
    ],
  },
});

function resolveTo(result: ResolveVariantResult) {
  const unused = (): never => {
    throw new TypeError('not used here');
  };
  const port = createResolverPort({
    facts: async () =>
      DeviceFacts.parse({
        v: 1,
        at: 0,
        os: { platform: 'linux' },
        cpu: { arch: 'x64', cores: 2, usableCores: 2 },
        memory: { totalBytes: 1, availableBytes: 1 },
      }),
    policy: async () => ({}),
    gateway: () => ({ get: unused, post: unused, readRange: unused, close: unused }),
    store: {} as never,
    inspect: unused,
    measurements: {} as never,
    clock: fakeClock(),
    resolve: async () => result,
  });
  const limits = { capabilities: [], memoryBytes: 1, key: '' };
  return port.resolve(
    { release, digest: 'ef'.repeat(32), othersBytes: 7, ownBytes: 0, limits },
    { signal: new AbortController().signal },
  );
}

describe('the resolver of the box', () => {
  it('says why nothing fits', async () => {
    const choice = await resolveTo(rejected('memory', 'needs 812 MB, 640 MB may be used.'));
    expect(choice).toMatchObject({
      othersBytes: 7,
      problem: { code: 'did-not-fit', detail: expect.stringContaining('needs 812 MB') as string },
    });
    expect(choice.placement).toBeUndefined();
  });

  it('does not take a full disk for a device that is too small', async () => {
    await expect(resolveTo(rejected('disk', '5 MB short.'))).rejects.toMatchObject({
      code: 'disk-full',
      retryable: true,
    });
  });
});
