import { readFile, readdir, stat, writeFile, open } from 'node:fs/promises';

import { FlotillaError } from '@flotilla/contracts';
import type { Clock } from '@flotilla/kernel';
import { startTcpFaultProxy, tempFolder, waitFor, type TempFolder } from '@flotilla/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { startTestGateway, type TestGateway } from '../test/gateway-server.ts';
import { publish, sha256, tinyGguf, type Published } from '../test/test-models.ts';
import {
  createGatewayClient,
  type GatewayClientOptions,
  type TlsGatewayClient,
} from './gateway/create-gateway-client.ts';
import { pullHeader, pullModel, type PullOptions } from './pull.ts';
import { createModelStore } from './store/create-model-store.ts';
import type { ModelStore } from './store/model-store.ts';

const CHUNK = 64 * 1024;

let folder: TempFolder;
let store: ModelStore;
let published: Published;
let gateway: TestGateway;
let client: TlsGatewayClient;

const connect = (options: Partial<GatewayClientOptions> = {}): TlsGatewayClient =>
  createGatewayClient({
    url: gateway.url,
    credentials: () => gateway.credentials,
    retryInitialMs: 5,
    ...options,
  });

const pull = (options: Partial<PullOptions> = {}): Promise<{ path: string }> =>
  pullModel({ model: published.model, client, store, signal: AbortSignal.timeout(60_000), ...options });

async function failure(promise: Promise<unknown>): Promise<FlotillaError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof FlotillaError) return error;
  return expect.fail(`expected a refusal, got ${String(error)}`);
}

beforeEach(async () => {
  folder = await tempFolder({ name: 'models' });
  store = createModelStore({ folder: folder.path, reserveBytes: 0 });
  published = publish(tinyGguf(40 * CHUNK + 1000), { chunkBytes: CHUNK });
  gateway = await startTestGateway([published]);
  client = connect();
});

afterEach(async () => {
  await client.close();
  await gateway[Symbol.asyncDispose]();
  await folder.remove();
});

describe('pulling a model', () => {
  it('brings exactly the bytes that the release names, and leaves nothing else behind', async () => {
    const { path } = await pull();
    expect(sha256(await readFile(path))).toBe(published.model.digest);
    expect(await readdir(folder.file('partial'))).toEqual([]);
    expect(await store.usage()).toEqual({ usedBytes: expect.any(Number), blobs: 1 });
    expect(gateway.blobBytes).toBe(published.bytes.length);
  });

  it('asks the gateway for nothing when the model is there', async () => {
    await pull();
    await gateway[Symbol.asyncDispose]();
    await expect(pull()).resolves.toEqual({ path: await store.find(published.model.digest) });
    gateway = await startTestGateway([]);
  });

  it('tells its progress up to the last byte', async () => {
    const seen: number[] = [];
    await pull({ onProgress: ({ doneBytes }) => seen.push(doneBytes) });
    expect(seen.at(-1)).toBe(published.bytes.length);
    expect(seen).toEqual([...seen].sort((one, other) => one - other));
  });

  it('goes on where it broke when the connection drops in the middle of chunks', async () => {
    await using proxy = await startTcpFaultProxy({ target: { port: gateway.port } });
    client = connect({ url: `https://127.0.0.1:${proxy.port}` });
    proxy.dropAfter(300_000);
    const pulling = pull();
    await waitFor(() => proxy.bytesToClients >= 300_000, { what: 'the line dropped once' });
    proxy.dropAfter(400_000);
    const { path } = await pulling;
    expect(sha256(await readFile(path))).toBe(published.model.digest);
    // What a drop costs is what was on its way, not the chunks again.
    expect(gateway.blobBytes).toBeLessThan(published.bytes.length * 1.6);
  });

  it('gives up as offline when the gateway stays away, and completes once it is back without fetching twice', async () => {
    await using proxy = await startTcpFaultProxy({ target: { port: gateway.port } });
    client = connect({ url: `https://127.0.0.1:${proxy.port}`, attempts: 2 });
    gateway.bytesPerSecond = 2_000_000;
    const pulling = failure(pull());
    await waitFor(() => proxy.bytesToClients >= 600_000, { what: 'some chunks arrived' });
    proxy.cut();
    expect(await pulling).toMatchObject({ code: 'offline', retryable: true });
    proxy.restore();
    gateway.bytesPerSecond = undefined;
    const before = gateway.blobBytes;
    await pull();
    expect(gateway.blobBytes - before).toBeLessThan(published.bytes.length - 300_000);
  });

  it('waits no longer than its patience for a gateway that accepts and then says nothing', async () => {
    await using proxy = await startTcpFaultProxy({ target: { port: gateway.port } });
    client = connect({ url: `https://127.0.0.1:${proxy.port}`, attempts: 2, silenceMs: 200 });
    proxy.freeze();
    expect(await failure(pull())).toMatchObject({ code: 'timeout', retryable: true });
  });

  it('never cuts a transfer that is slow but moves', async () => {
    published = publish(tinyGguf(CHUNK), { chunkBytes: CHUNK });
    await gateway[Symbol.asyncDispose]();
    gateway = await startTestGateway([published]);
    gateway.bytesPerSecond = 60_000;
    client = connect({ silenceMs: 500, attempts: 1 });
    await expect(pull()).resolves.toBeDefined();
  });

  it('holds all parallel chunks together to the bandwidth cap', async () => {
    let passed = 0; // time goes on only where the pull waits
    const clock: Clock = {
      now: () => passed,
      monotonic: () => passed,
      setTimeout(callback, ms) {
        passed += ms;
        const immediate = setImmediate(callback);
        return { cancel: () => clearImmediate(immediate) };
      },
    };
    await pull({ bytesPerSecond: 100_000, clock });
    expect(passed).toBeGreaterThan((published.bytes.length / 100_000) * 1000 - 1000);
  });

  it('stops with the reason of its signal and keeps what arrived', async () => {
    gateway.bytesPerSecond = 1_000_000;
    const stop = new AbortController();
    const reason = new FlotillaError('held', 'not now');
    const pulling = pull({ signal: stop.signal, parallel: 2 });
    await waitFor(() => gateway.blobBytes > 10 * CHUNK, { what: 'some chunks arrived' });
    stop.abort(reason);
    await expect(pulling).rejects.toBe(reason);
    gateway.bytesPerSecond = undefined;
    const before = gateway.blobBytes;
    await pull();
    expect(gateway.blobBytes - before).toBeLessThan(published.bytes.length - 4 * CHUNK);
  });
});

describe('bytes that are not the ones named', () => {
  it('fetches a chunk again that arrived corrupt once', async () => {
    let hits = 0;
    gateway.corrupt = (piece, offset) => {
      if (offset !== 5 * CHUNK || hits++ > 0) return piece;
      piece[100] = (piece[100] ?? 0) ^ 1;
      return piece;
    };
    const { path } = await pull();
    expect(sha256(await readFile(path))).toBe(published.model.digest);
    expect(gateway.ranges.filter((range) => range.startsWith(`${5 * CHUNK}-`))).toHaveLength(2);
  });

  it('refuses a chunk that stays corrupt after three attempts, and stores nothing', async () => {
    gateway.corrupt = (piece, offset) => {
      if (offset === 5 * CHUNK) piece[100] = (piece[100] ?? 0) ^ 1;
      return piece;
    };
    expect(await failure(pull())).toMatchObject({ code: 'digest-mismatch', details: { chunk: 5 } });
    expect(gateway.ranges.filter((range) => range.startsWith(`${5 * CHUNK}-`))).toHaveLength(3);
    expect(await store.find(published.model.digest)).toBeUndefined();
  });

  it('refuses a manifest that does not have the digest of the release', async () => {
    const asked = { ...published.model, manifestDigest: sha256(Buffer.from('another')) };
    gateway.meddle = (request, response) => {
      if (request.url?.includes('manifests') !== true) return false;
      response.end(published.manifestBytes);
      return true;
    };
    expect(await failure(pull({ model: asked }))).toMatchObject({ code: 'digest-mismatch' });
    expect(gateway.blobBytes).toBe(0);
  });

  it('refuses chunks that add up to another file than the manifest claims', async () => {
    const lying = publish(published.bytes, {
      chunkBytes: CHUNK,
      change: (manifest) => ({ ...manifest, digest: sha256(Buffer.from('another')) }),
    });
    await gateway[Symbol.asyncDispose]();
    gateway = await startTestGateway([lying]);
    client = connect();
    expect(await failure(pull({ model: lying.model }))).toMatchObject({
      code: 'digest-mismatch',
      retryable: false,
    });
    expect(await readdir(folder.file('partial'))).toEqual([]);
  });

  it('refuses a truncated GGUF although every digest is right', async () => {
    const cut = publish(published.bytes.subarray(0, published.bytes.length - 500), { chunkBytes: CHUNK });
    await gateway[Symbol.asyncDispose]();
    gateway = await startTestGateway([cut]);
    client = connect();
    const error = await failure(pull({ model: cut.model }));
    expect(error).toMatchObject({ code: 'gguf-invalid', retryable: false });
    expect(error.message).toContain('truncated');
    expect(await store.find(cut.model.digest)).toBeUndefined();
  });

  it('fetches again only the chunks that the disk changed after they were verified', async () => {
    gateway.meddle = (request) => {
      if (request.headers.range?.startsWith(`bytes=${40 * CHUNK}-`) !== true) return false;
      request.socket.destroy();
      return true;
    };
    client = connect({ attempts: 1 });
    await failure(pull({ parallel: 1 }));
    const partial = await open(folder.file('partial', published.model.digest), 'r+');
    await partial.write(Buffer.from([1, 2, 3]), 0, 3, 7 * CHUNK + 50);
    await partial.close();
    gateway.meddle = undefined;
    expect(await failure(pull())).toMatchObject({ code: 'digest-mismatch', retryable: true });
    gateway.ranges.length = 0;
    await pull();
    expect(gateway.ranges).toEqual([`${7 * CHUNK}-${8 * CHUNK - 1}`]);
  });
});

describe('answers of the gateway', () => {
  it.each([429, 503])('waits as %i asks it to and goes on', async (status) => {
    let refused = 0;
    gateway.meddle = (_request, response) => {
      if (refused++ > 1) return false;
      response.writeHead(status, { 'retry-after': '0' }).end();
      return true;
    };
    await expect(pull()).resolves.toBeDefined();
  });

  it.each([
    [404, 'not-found'],
    [403, 'device-revoked'],
  ])('takes %i as final, with the code of its problem', async (status, code) => {
    let asked = 0;
    gateway.meddle = (_request, response) => {
      asked += 1;
      response.writeHead(status).end(JSON.stringify({ code, detail: 'refused' }));
      return true;
    };
    expect(await failure(pull())).toMatchObject({ code, retryable: false });
    expect(asked).toBe(1);
  });

  it('trusts no gateway whose certificate another authority signed', async () => {
    await using other = await startTestGateway([published]);
    client = connect({ credentials: () => other.credentials, attempts: 1 });
    expect(await failure(pull())).toMatchObject({ code: 'fingerprint-mismatch' });
    expect(gateway.blobBytes).toBe(0);
  });

  it('is refused without a client certificate', async () => {
    client = connect({ credentials: () => ({ ca: gateway.credentials.ca }) });
    expect(await failure(pull())).toMatchObject({ code: 'certificate-refused' });
  });

  it('refuses a document that is larger than its limit while it arrives', async () => {
    gateway.meddle = (_request, response) => {
      response.end(Buffer.alloc(2000));
      return true;
    };
    expect(await failure(client.get({ path: '/v1/desired', maxBytes: 1000 }))).toMatchObject({
      code: 'too-large',
    });
  });

  it('gives undefined for an empty answer', async () => {
    gateway.meddle = (_request, response) => {
      response.writeHead(204).end();
      return true;
    };
    await expect(client.get({ path: '/v1/desired', maxBytes: 1000 })).resolves.toBeUndefined();
  });
});

describe('the header alone', () => {
  it('brings only the first chunks, in a file of the full size, and a pull goes on from there', async () => {
    const options = { model: published.model, client, store, signal: AbortSignal.timeout(60_000) };
    const { path } = await pullHeader(options);
    expect((await stat(path)).size).toBe(published.bytes.length);
    expect(gateway.blobBytes).toBe(CHUNK);
    await pull();
    expect(gateway.blobBytes).toBe(published.bytes.length);
  });

  it('refuses what is no GGUF after one chunk', async () => {
    const text = publish(Buffer.alloc(5 * CHUNK, 'not a model'), { chunkBytes: CHUNK });
    await gateway[Symbol.asyncDispose]();
    gateway = await startTestGateway([text]);
    client = connect();
    const options = { model: text.model, client, store, signal: AbortSignal.timeout(60_000) };
    expect(await failure(pullHeader(options))).toMatchObject({ code: 'gguf-invalid' });
    expect(gateway.blobBytes).toBe(CHUNK);
  });
});

describe('the store', () => {
  it('refuses a pull that would leave less disk than the reserve, with the numbers, before a byte of it comes', async () => {
    store = createModelStore({ folder: folder.path, reserveBytes: 1e14 });
    const error = await failure(pull());
    expect(error).toMatchObject({ code: 'disk-full', retryable: true });
    expect(error.message).toMatch(/needs 2\.6 MB more on disk and 100 TB must stay free/);
    expect(gateway.blobBytes).toBe(0);
  });

  it('collects what nothing names and never what something names', async () => {
    const other = publish(tinyGguf(3 * CHUNK, { seed: 9 }), { chunkBytes: CHUNK });
    await gateway[Symbol.asyncDispose]();
    gateway = await startTestGateway([published, other]);
    client = connect();
    await pull();
    await pull({ model: other.model });
    const collected = await store.collectGarbage({ keep: [published.model.digest] });
    expect(collected.removed).toEqual([other.model.digest]);
    expect(await store.find(published.model.digest)).toBeDefined();
    expect(await store.find(other.model.digest)).toBeUndefined();
    expect((await store.usage()).blobs).toBe(1);
  });

  it('never collects a blob that is arriving', async () => {
    const partial = await store.openPartial(published.manifest);
    expect((await store.collectGarbage({ keep: [] })).removed).toEqual([]);
    await expect(stat(partial.path)).resolves.toBeDefined();
    await partial.close();
    expect((await store.collectGarbage({ keep: [] })).removed).toEqual([published.model.digest]);
  });

  it('lets one pull at a time work on a model', async () => {
    const partial = await store.openPartial(published.manifest);
    await expect(store.openPartial(published.manifest)).rejects.toMatchObject({ code: 'conflict' });
    await partial.close();
  });

  it('removes a stored blob that no longer has its digest', async () => {
    const { path } = await pull();
    expect(await store.verify(published.model.digest)).toBe(true);
    const bytes = await readFile(path);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    await writeFile(path, bytes);
    expect(await store.verify(published.model.digest)).toBe(false);
    expect(await store.find(published.model.digest)).toBeUndefined();
  });
});
