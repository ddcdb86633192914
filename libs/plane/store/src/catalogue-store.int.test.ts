import { createReadStream } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { LIMITS, Manifest } from '@flotilla/contracts';
import { tempFolder, type TempFolder } from '@flotilla/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ggufFile } from '@flotilla/plane-catalogue/testing';
import { describeOnEngines } from '../test/engines.ts';
import { addVariant, createPlane, releaseSpec } from '../test/plane.ts';
import { createBlobFolder, nodeHashing } from './index.ts';

const refusal = (code: string, more: object = {}): unknown => expect.objectContaining({ code, ...more });

async function* bytes(of: Uint8Array): AsyncGenerator<Uint8Array> {
  yield of;
}

const unreadable = {
  [Symbol.asyncIterator]: () => {
    throw new TypeError('nobody may read this');
  },
};

describeOnEngines('the catalogue', ({ openNew }) => {
  let folder: TempFolder;
  beforeEach(async () => {
    folder = await tempFolder({ name: 'blobs' });
  });
  afterEach(() => folder.remove());

  const newCatalogue = async () => {
    const blobs = createBlobFolder({ folder: folder.path });
    return { blobs, ...createPlane({ store: await openNew(), blobs }) };
  };
  const entry = { modelId: 'model', variant: 'model-f16', origin: 'imported' as const };

  it('imports a file with its facts and a manifest whose chunks make it up', async () => {
    const { catalogue, blobs, events } = await newCatalogue();
    const file = ggufFile({ dataBytes: 5 * 2 ** 20 });
    await writeFile(folder.file('model.gguf'), file);
    const { variant } = await catalogue.importFile({
      ...entry,
      source: createReadStream(folder.file('model.gguf')),
    });
    expect(variant).toMatchObject({
      digest: nodeHashing.sha256(file),
      bytes: file.length,
      quantization: 'F16',
    });

    const document = await catalogue.getManifest(variant.manifestDigest);
    expect(nodeHashing.sha256(document)).toBe(variant.manifestDigest);
    const manifest = Manifest.parse(JSON.parse(new TextDecoder().decode(document)));
    for (const [index, chunk] of manifest.chunks.entries()) {
      const start = index * LIMITS.chunkBytes;
      const parts: Uint8Array[] = [];
      const range = { digest: variant.digest, start, end: start + LIMITS.chunkBytes };
      for await (const part of await blobs.open(range)) parts.push(part);
      expect(nodeHashing.sha256(Buffer.concat(parts))).toBe(chunk);
    }
    const model = await catalogue.getModel('model');
    expect(model).toMatchObject({ origin: 'imported', title: 'model' });
    expect(model.variants).toEqual([variant]);
    expect((await events.list({ limit: 9 })).map((e) => e.kind)).toEqual(['model-imported']);
  });

  it('changes nothing when the same file comes again, and reads nothing when its digest is known', async () => {
    const { catalogue, events } = await newCatalogue();
    const file = ggufFile({});
    const first = await catalogue.importFile({ ...entry, source: bytes(file) });
    expect(first.isNew).toBe(true);
    const again = { ...first, isNew: false };
    expect(await catalogue.importFile({ ...entry, source: bytes(file) })).toEqual(again);
    const sha256 = first.variant.digest;
    expect(await catalogue.importFile({ ...entry, source: unreadable, sha256 })).toEqual(again);
    expect(await events.newestId()).toBe(1);
  });

  it('refuses other bytes under a name in use, and the same bytes under another name', async () => {
    const { catalogue, blobs } = await newCatalogue();
    const { variant: first } = await catalogue.importFile({ ...entry, source: bytes(ggufFile({})) });
    const other = ggufFile({ name: 'other' });
    await expect(catalogue.importFile({ ...entry, source: bytes(other) })).rejects.toThrow(
      /name is taken: `model-f16` of the model `model` is another file/,
    );
    expect(await blobs.has(nodeHashing.sha256(other))).toBe(false);
    const there = (field: string) =>
      refusal('already-exists', {
        message: expect.stringMatching(/already: it is `model-f16` of the model `model`/),
        details: expect.objectContaining({ field, about: 'model-f16' }),
      });
    const source = () => bytes(ggufFile({}));
    const renamed = { ...entry, variant: 'another' };
    await expect(catalogue.importFile({ ...renamed, source: source() })).rejects.toThrow(there('variant'));
    const elsewhere = { ...entry, modelId: 'elsewhere' };
    await expect(catalogue.importFile({ ...elsewhere, source: source() })).rejects.toThrow(there('modelId'));
    const unread = { source: unreadable, sha256: first.digest };
    await expect(catalogue.importFile({ ...renamed, ...unread })).rejects.toThrow(there('variant'));
    expect(await blobs.has(first.digest)).toBe(true);
    expect((await catalogue.listModels()).items).toHaveLength(1);
  });

  it('keeps nothing of a file that is not what was announced, or no sound GGUF', async () => {
    const { catalogue } = await newCatalogue();
    const file = ggufFile({});
    const source = () => bytes(file);
    await expect(
      catalogue.importFile({ ...entry, source: source(), sha256: '0'.repeat(64) }),
    ).rejects.toThrow(refusal('digest-mismatch'));
    const cut = bytes(file.subarray(0, file.length - 1));
    await expect(catalogue.importFile({ ...entry, source: cut })).rejects.toThrow(refusal('gguf-invalid'));
    expect(await readdir(folder.path)).toEqual(['incoming']);
    expect(await readdir(folder.file('incoming'))).toEqual([]);
    expect(await catalogue.countModels()).toBe(0);
    await expect(catalogue.getModel('model')).rejects.toThrow(refusal('not-found'));
  });

  it('gives one variant when many import the same at once', async () => {
    const { catalogue } = await newCatalogue();
    const all = await Promise.all(
      Array.from({ length: 5 }, () => catalogue.importFile({ ...entry, source: bytes(ggufFile({})) })),
    );
    expect(new Set(all.map(({ variant }) => variant.digest)).size).toBe(1);
    expect(all.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect((await catalogue.listModels()).items).toHaveLength(1);
  });

  it('gives no model as a manifest', async () => {
    const { catalogue } = await newCatalogue();
    const { variant } = await catalogue.importFile({
      ...entry,
      source: bytes(ggufFile({ dataBytes: 9 * 2 ** 20 })),
    });
    await expect(catalogue.getManifest(variant.digest)).rejects.toThrow(refusal('not-found'));
    await expect(catalogue.getManifest('../../etc/passwd')).rejects.toThrow(refusal('not-found'));
  });

  it('lists models page by page', async () => {
    const { catalogue } = await newCatalogue();
    for (const name of ['c', 'a', 'b']) {
      await catalogue.importFile({
        source: bytes(ggufFile({ name })),
        modelId: `model-${name}`,
        variant: name,
        origin: 'starter',
      });
    }
    const first = await catalogue.listModels({ limit: 2 });
    const second = await catalogue.listModels({ limit: 2, cursor: first.next });
    expect([...first.items, ...second.items].map((m) => m.id)).toEqual(['model-a', 'model-b', 'model-c']);
    expect(second.next).toBeUndefined();
  });
});

describeOnEngines('releases', ({ openNew }) => {
  it('count up per service and can be named in three ways', async () => {
    const store = await openNew();
    const { releases } = createPlane({ store });
    await addVariant(store, 'small');
    const first = await releases.create(releaseSpec('small'), 'me');
    const second = await releases.create(releaseSpec('small'), 'me');
    await releases.create(releaseSpec('small', 'reader'), 'me');
    expect([first.release.revision, second.release.revision]).toEqual([1, 2]);
    for (const [ref, expected] of [
      ['assistant', second.digest],
      ['assistant@1', first.digest],
      [first.digest, first.digest],
    ] as const) {
      expect((await releases.get(ref)).digest).toBe(expected);
    }
    await expect(releases.get('assistant@3')).rejects.toThrow(refusal('not-found'));
    expect(await releases.count()).toBe(3);
  });

  it('are named by the digest of the very bytes that were signed', async () => {
    const store = await openNew();
    const { releases } = createPlane({ store });
    await addVariant(store, 'small');
    const { digest, release } = await releases.create(releaseSpec('small'), 'me');
    const { envelope } = await releases.getSigned(digest);
    const payload = Buffer.from(envelope.payload, 'base64');
    expect(nodeHashing.sha256(payload)).toBe(digest);
    expect(JSON.parse(payload.toString())).toEqual(release);
    expect(release.requires).toContain('golden-prompts-v1');
  });

  it('get one revision each when many are made at once', async () => {
    const store = await openNew();
    const { releases } = createPlane({ store });
    await addVariant(store, 'small');
    const made = await Promise.all(
      Array.from({ length: 6 }, () => releases.create(releaseSpec('small'), 'me')),
    );
    expect(made.map((r) => r.release.revision).sort()).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('are refused by the field of an unknown or repeated candidate', async () => {
    const store = await openNew();
    const { releases } = createPlane({ store });
    await addVariant(store, 'small');
    const spec = releaseSpec('small');
    await expect(releases.create({ ...spec, candidates: ['small', 'large'] }, 'me')).rejects.toThrow(
      refusal('invalid-input', { details: expect.objectContaining({ field: 'candidates[1]' }) }),
    );
    await expect(releases.create({ ...spec, candidates: ['small', 'small'] }, 'me')).rejects.toThrow(
      refusal('invalid-input'),
    );
    expect(await releases.count()).toBe(0);
  });

  it('are listed newest first, page by page, while new ones are made', async () => {
    const store = await openNew();
    const { releases, clock } = createPlane({ store });
    await addVariant(store, 'small');
    for (let i = 0; i < 5; i++) {
      await releases.create(releaseSpec('small'), 'me');
      if (i % 2 === 0) await clock.advance(1);
    }
    const revisions: number[] = [];
    let cursor: string | undefined;
    do {
      const page = await releases.list({ limit: 2, cursor });
      revisions.push(...page.items.map((r) => r.release.revision));
      cursor = page.next;
      await clock.advance(1);
      await releases.create(releaseSpec('small', 'reader'), 'me');
    } while (cursor !== undefined);
    expect(revisions.toSorted()).toEqual([1, 2, 3, 4, 5]);
    expect((await releases.list({ service: 'assistant' })).items).toHaveLength(5);
    await expect(releases.list({ cursor: 'nonsense' })).rejects.toThrow(refusal('invalid-input'));
  });
});
