import { createHash } from 'node:crypto';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { fakeClock, smallDisk, tempFolder, type FakeClock, type TempFolder } from '@flotilla/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { publish, tinyGguf } from '../../test/test-models.ts';
import { createModelStore } from './create-model-store.ts';
import { createUploadedBlobs, type UploadedBlobs } from './uploaded-blobs.ts';

const MIB = 2 ** 20;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const file = (bytes: number, fill: number): Buffer => Buffer.alloc(bytes, fill);

/** A body as the network brings it. */
async function* pieces(bytes: Buffer, size = 64 * 1024): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

let folder: TempFolder;
let blobs: UploadedBlobs;
let clock: FakeClock;
let named: Set<string> | undefined;

beforeEach(async () => {
  folder = await tempFolder({ name: 'uploaded' });
  named = new Set();
  clock = fakeClock();
  blobs = createUploadedBlobs({
    folder: folder.path,
    maxBytes: 10 * MIB,
    inUse: () => named,
    reserveBytes: 0,
    clock,
  });
});
afterEach(() => folder.remove());

const send = (bytes: Buffer, options: { as?: string; bytes?: number } = {}) =>
  blobs.receive({ digest: options.as ?? sha256(bytes), pieces: pieces(bytes), bytes: options.bytes });
const someMinutes = (): Promise<void> => clock.advance(6 * 60_000);
const left = async (): Promise<string[]> =>
  [...(await readdir(folder.file('blobs'))), ...(await readdir(folder.file('arriving')))].sort();

describe('a file that is sent', () => {
  it('is kept under its digest, for its user alone, and not read twice', async () => {
    const bytes = file(3 * MIB + 7, 1);
    const { path } = await send(bytes);
    expect(sha256(await readFile(path))).toBe(sha256(bytes));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    let read = 0;
    const again = blobs.receive({
      digest: sha256(bytes),
      pieces: (async function* () {
        read += 1;
        yield bytes;
      })(),
    });
    expect(await again).toEqual({ path, bytes: bytes.length });
    expect(read).toBe(0);
  });

  it('leaves nothing where it is not what its name says, or ends too early', async () => {
    const bytes = file(MIB, 2);
    await expect(send(bytes, { as: 'a'.repeat(64) })).rejects.toMatchObject({ code: 'digest-mismatch' });
    await expect(send(bytes.subarray(1), { as: sha256(bytes) })).rejects.toMatchObject({
      code: 'digest-mismatch',
    });
    const cut = (async function* () {
      yield bytes.subarray(0, MIB / 2);
      throw new TypeError('terminated');
    })();
    await expect(blobs.receive({ digest: sha256(bytes), pieces: cut })).rejects.toMatchObject({
      code: 'aborted',
    });
    expect(await left()).toEqual([]);
    await send(bytes);
    expect(await left()).toEqual([sha256(bytes)]);
  });

  it('may come twice at once', async () => {
    const bytes = file(6 * MIB, 3);
    const [one, other] = await Promise.all([send(bytes), send(bytes)]);
    expect(one).toEqual(other);
    expect(await left()).toEqual([sha256(bytes)]);
  });

  it('is one of four at most that come at once, and ends where its sender falls silent', async () => {
    const held = Promise.withResolvers<void>();
    let waitedFor = 0;
    const silent = [1, 2, 3, 4].map((fill) =>
      blobs.receive({
        digest: sha256(file(MIB, fill)),
        pieces: (async function* () {
          yield new Uint8Array(1_000);
          if ((waitedFor += 1) === 4) held.resolve();
          await new Promise(() => undefined);
        })(),
      }),
    );
    await held.promise;
    await expect(send(file(MIB, 5))).rejects.toMatchObject({ code: 'rate-limited', retryable: true });
    const ended = Promise.allSettled(silent);
    await clock.advance(60_000);
    expect(
      (await ended).map((one) => one.status === 'rejected' && (one.reason as { code: string }).code),
    ).toEqual(Array(4).fill('timeout'));
    expect(await left()).toEqual([]);
    await send(file(MIB, 5));
  });

  it('is no path', async () => {
    await expect(send(file(1, 1), { as: '../../x' })).rejects.toMatchObject({ code: 'invalid-input' });
  });
});

describe('the bound', () => {
  it('is kept before the first byte where the size is known, and at the first byte over it where not', async () => {
    const large = file(11 * MIB, 4);
    let read = 0;
    const counted = async function* (): AsyncGenerator<Uint8Array> {
      for await (const piece of pieces(large)) {
        read += piece.length;
        yield piece;
      }
    };
    const refusal = { code: 'too-large', details: { maxBytes: 10 * MIB } };
    await expect(
      blobs.receive({ digest: sha256(large), pieces: counted(), bytes: large.length }),
    ).rejects.toMatchObject(refusal);
    expect(read).toBe(0);
    await expect(blobs.receive({ digest: sha256(large), pieces: counted() })).rejects.toMatchObject(refusal);
    expect(read).toBeLessThanOrEqual(11 * MIB);
    expect(await left()).toEqual([]);
  });

  it('counts what arrives at the same time', async () => {
    const sent = await Promise.allSettled(
      [5, 6, 7].map((fill) => send(file(6 * MIB, fill), { bytes: 6 * MIB })),
    );
    expect(sent.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
  });

  it('is made room for by what no model names, never by what one does', async () => {
    const [first, second, third] = [file(6 * MIB, 1), file(6 * MIB, 2), file(6 * MIB, 3)];
    await send(first);
    await someMinutes();
    await send(second);
    expect(await left()).toEqual([sha256(second)]);
    await someMinutes();
    named?.add(sha256(second));
    await expect(send(third)).rejects.toMatchObject({ code: 'too-large' });
    expect(await left()).toEqual([sha256(second)]);
  });

  it('leaves what was sent or asked for a moment ago for who is about to name it', async () => {
    const [first, second] = [file(6 * MIB, 1), file(6 * MIB, 2)];
    await send(first);
    await someMinutes();
    await blobs.find(sha256(first));
    await expect(send(second)).rejects.toMatchObject({ code: 'too-large' });
    await blobs.collectGarbage();
    expect(await left()).toEqual([sha256(first)]);
    expect(await blobs.unusedBytes()).toBe(6 * MIB);
    named?.add(sha256(first));
    expect(await blobs.unusedBytes()).toBe(0);
    await blobs.dropUnused();
    named?.clear();
    expect(await left()).toEqual([sha256(first)]);
    await blobs.dropUnused();
    expect(await left()).toEqual([]);
  });

  it('removes nothing while it is not known what models name', async () => {
    const [first, second] = [file(6 * MIB, 1), file(6 * MIB, 2)];
    await send(first);
    await someMinutes();
    named = undefined;
    await expect(send(second)).rejects.toMatchObject({ code: 'too-large' });
    await blobs.discard(sha256(first));
    await blobs.collectGarbage();
    expect(await left()).toEqual([sha256(first)]);
  });
});

it('shares a file of the fleet without copying it, and each goes without the other', async () => {
  const bytes = file(MIB, 8);
  const fleet = folder.file('fleet');
  await writeFile(fleet, bytes);
  const { path } = await blobs.adopt({ digest: sha256(bytes), path: fleet });
  expect((await stat(path)).ino).toBe((await stat(fleet)).ino);
  await rm(fleet);
  expect(sha256(await readFile(path))).toBe(sha256(bytes));
  await blobs.discard(sha256(bytes));
  expect(await left().catch(() => [])).toEqual([]);
});

it('is told of a file of the fleet that was collected meanwhile', async () => {
  const gone = blobs.adopt({ digest: 'a'.repeat(64), path: folder.file('gone') });
  await expect(gone).rejects.toMatchObject({ code: 'not-found' });
});

it('collects what no model names, and what a process that was killed left half done', async () => {
  const [kept, gone] = [file(MIB, 1), file(MIB, 2)];
  await send(kept);
  await send(gone);
  await someMinutes();
  named?.add(sha256(kept));
  await writeFile(join(folder.path, 'arriving', `${sha256(gone)}.0011aabbccdd`), 'half');
  await blobs.discard(sha256(kept));
  await blobs.collectGarbage();
  expect(await left()).toEqual([sha256(kept)]);
});

it('names a disk that is full, and leaves nothing there', async ({ skip }) => {
  const disk = await smallDisk({ bytes: 4 * MIB });
  if (disk === undefined) return skip('only root may mount a small disk');
  await using _ = disk;
  const small = (reserveBytes: number): UploadedBlobs =>
    createUploadedBlobs({ folder: disk.path, maxBytes: 100 * MIB, inUse: () => named, reserveBytes });
  const large = file(6 * MIB, 9);
  for (const bytes of [undefined, large.length]) {
    const sent = small(0).receive({ digest: sha256(large), pieces: pieces(large), bytes });
    await expect(sent).rejects.toMatchObject({ code: 'disk-full' });
  }
  const fits = file(2 * MIB, 9);
  const kept = small(3 * MIB).receive({ digest: sha256(fits), pieces: pieces(fits), bytes: fits.length });
  await expect(kept).rejects.toMatchObject({ code: 'disk-full' });
  expect(await readdir(disk.file('blobs'))).toEqual([]);
  expect(await readdir(disk.file('arriving'))).toEqual([]);
  await small(0).receive({ digest: sha256(fits), pieces: pieces(fits), bytes: fits.length });
});

it('gives way to what the fleet pulls: files that no model names go, and so does one that comes', async ({
  skip,
}) => {
  const disk = await smallDisk({ bytes: 8 * MIB });
  if (disk === undefined) return skip('only root may mount a small disk');
  await using _ = disk;
  const uploaded = createUploadedBlobs({
    folder: disk.file('local'),
    maxBytes: 100 * MIB,
    inUse: () => named,
    reserveBytes: 0,
  });
  const store = createModelStore({
    folder: disk.file('fleet'),
    reserveBytes: 0,
    makeRoom: () => uploaded.dropUnused(),
  });
  const sent = file(5 * MIB, 1);
  await uploaded.receive({ digest: sha256(sent), pieces: pieces(sent) });
  const { manifest } = publish(tinyGguf(5 * MIB), { chunkBytes: MIB });
  await (await store.openPartial(manifest)).close();
  expect(await uploaded.find(sha256(sent))).toBeUndefined();

  const coming = (async function* () {
    yield sent.subarray(0, MIB);
    await writeFile(disk.file('pulled'), file(4 * MIB, 2));
    yield sent.subarray(MIB);
  })();
  const late = uploaded.receive({ digest: sha256(sent), pieces: coming, bytes: sent.length });
  await expect(late).rejects.toMatchObject({ code: 'disk-full' });
  expect(await readdir(join(disk.file('local'), 'arriving'))).toEqual([]);
});
