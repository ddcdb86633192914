import { readdir } from 'node:fs/promises';
import { PAYLOAD_TYPES, Release, type KeySet } from '@flotilla/contracts';
import { canonicalJson } from '@flotilla/kernel';
import { createKeyPair, hashSha256, signDsse, signingKeyOf } from '@flotilla/platform-pki';
import { tempFolder, type TempFolder } from '@flotilla/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createReleaseFiles, verifyRelease } from './release-files.ts';

const signer = createKeyPair('signing');
const stranger = createKeyPair('signing');
const keys: KeySet = { v: 1, serial: 1, issuedAt: 0, keys: [signingKeyOf(signer.publicKeyPem)] };

const release = Release.parse({
  v: 1,
  service: 'assistant',
  revision: 1,
  createdAt: 0,
  requires: ['release-v1'],
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

function signed(content: unknown = release, key = signer.privateKeyPem) {
  const payload = canonicalJson(content);
  const envelope = signDsse({ payloadType: PAYLOAD_TYPES.release, payload, privateKeysPem: [key] });
  const digest = hashSha256(payload);
  return { digest, bytes: Buffer.from(JSON.stringify({ v: 1, digest, envelope })) };
}

describe('verifyRelease', () => {
  it('reads a release that a trusted key signed', () => {
    expect(verifyRelease({ ...signed(), keys })).toEqual(release);
  });

  it.each([
    ['one that a stranger signed', signed(release, stranger.privateKeyPem)],
    ['another release than the one asked for', { ...signed(), digest: 'ef'.repeat(32) }],
    ['something else that is signed', signed({ v: 1, hello: 'world' })],
    ['no release at all', { digest: 'ab'.repeat(32), bytes: Buffer.from('<html>') }],
    ['an empty answer', { digest: 'ab'.repeat(32), bytes: undefined }],
  ])('refuses %s', (_, given) => {
    expect(() => verifyRelease({ ...given, keys })).toThrow(
      expect.objectContaining({ code: 'signature-invalid' }),
    );
  });
});

describe('createReleaseFiles', () => {
  let folder: TempFolder;
  beforeEach(async () => {
    folder = await tempFolder({ name: 'releases' });
  });
  afterEach(() => folder.remove());
  const open = (bytes?: Uint8Array) =>
    createReleaseFiles({
      folder: folder.file('releases'),
      gateway: () => ({ get: async () => bytes }),
      keys: () => keys,
    });
  const signal = new AbortController().signal;

  it('keeps what it verified, over a restart', async () => {
    const { digest, bytes } = signed();
    await open(bytes).fetch(digest, { signal });
    expect((await open().list()).get(digest)).toEqual(release);
  });

  it('writes nothing that it refused', async () => {
    const { digest, bytes } = signed(release, stranger.privateKeyPem);
    await expect(open(bytes).fetch(digest, { signal })).rejects.toMatchObject({ code: 'signature-invalid' });
    expect((await open().list()).size).toBe(0);
  });

  it('removes all but those named', async () => {
    const [one, two] = [signed(), signed({ ...release, revision: 2 })];
    await open(one.bytes).fetch(one.digest, { signal });
    const files = open(two.bytes);
    await files.fetch(two.digest, { signal });
    await files.keepOnly([two.digest]);
    expect([...(await files.list()).keys()]).toEqual([two.digest]);
    expect(await readdir(folder.file('releases'))).toEqual([`${two.digest}.json`]);
  });
});
