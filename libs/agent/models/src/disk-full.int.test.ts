import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';

import { tempFolder } from '@flotilla/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startTestGateway } from '../test/gateway-server.ts';
import { publish, sha256, tinyGguf } from '../test/test-models.ts';
import { createGatewayClient } from './gateway/create-gateway-client.ts';
import { pullModel } from './pull.ts';
import { createModelStore } from './store/create-model-store.ts';

const MIB = 1024 * 1024;
const folder = await tempFolder({ name: 'full' });
const mounted = mount();

/** A file system of 8 MB; only root may make one. */
function mount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', folder.path]);
    return true;
  } catch {
    return false;
  }
}

beforeAll(() => {
  if (!mounted) console.log('disk-full.int.test.ts is skipped: a tmpfs can only be mounted as root on Linux');
});

afterAll(async () => {
  if (mounted) execFileSync('umount', [folder.path]);
  await folder.remove();
});

describe.skipIf(!mounted)('a disk that is full', () => {
  it('is named with its numbers when it fills up in the middle, and the pull goes on once there is room', async () => {
    const published = publish(tinyGguf(6 * MIB), { chunkBytes: MIB });
    await using gateway = await startTestGateway([published]);
    const client = createGatewayClient({ url: gateway.url, credentials: () => gateway.credentials });
    const store = createModelStore({ folder: folder.path, reserveBytes: 0 });
    const pull = () =>
      pullModel({ model: published.model, client, store, signal: AbortSignal.timeout(60_000), parallel: 2 });
    // Someone else writes 4 MB after the room was measured and some of the model arrived.
    gateway.meddle = (request) => {
      if (gateway.ranges.length === 2) {
        execFileSync('dd', ['if=/dev/zero', `of=${folder.file('hog')}`, 'bs=1M', 'count=4'], {
          stdio: 'ignore',
        });
        gateway.meddle = undefined;
      }
      return request.url === '';
    };
    await expect(pull()).rejects.toMatchObject({ code: 'disk-full', retryable: true });
    await expect(pull()).rejects.toMatchObject({
      message: expect.stringMatching(/needs .* more on disk .* short/),
    });
    execFileSync('rm', [folder.file('hog')]);
    const before = gateway.blobBytes;
    const { path } = await pull();
    expect(sha256(await readFile(path))).toBe(published.model.digest);
    expect(gateway.blobBytes - before).toBeLessThan(published.bytes.length - MIB);
    await client.close();
  });
});
