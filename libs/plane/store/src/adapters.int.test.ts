import { createReadStream } from 'node:fs';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { Manifest } from '@flotilla/contracts';
import { writeSynthAdapter, writeSynthModel } from '@flotilla/foundry';
import { tempFolder, type TempFolder } from '@flotilla/testkit';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeOnEngines } from '../test/engines.ts';
import { createPlane, releaseSpec, type Plane } from '../test/plane.ts';
import { createBlobFolder, nodeHashing } from './index.ts';

let files: TempFolder;
beforeAll(async () => {
  files = await tempFolder({ name: 'synth' });
  await writeSynthModel({ shape: 'tiny', quant: 'q8_0', path: files.file('tiny-q8_0') });
  await writeSynthModel({ shape: 'tiny', quant: 'q4_0', path: files.file('tiny-q4_0') });
  await writeSynthModel({ shape: 'tiny-reranker', quant: 'q8_0', path: files.file('other-q8_0') });
  await writeSynthAdapter({ shape: 'tiny', path: files.file('shop') });
  await writeSynthAdapter({ shape: 'tiny', path: files.file('clinic'), seed: 2 });
  await writeSynthAdapter({ shape: 'tiny-reranker', path: files.file('foreign') });
  await writeSynthAdapter({ shape: 'smollm2-135m', rank: 1, path: files.file('larger') });
});
afterAll(() => files.remove());

const refusal = (code: string, more: object): unknown => expect.objectContaining({ code, ...more });
const because = (message: RegExp, details: object = {}): object => ({
  message: expect.stringMatching(message),
  details: expect.objectContaining(details),
});

describeOnEngines('an adapter of the catalogue', ({ openNew }) => {
  let plane: Plane;
  let blobs: TempFolder;
  beforeEach(async () => {
    blobs = await tempFolder({ name: 'blobs' });
    plane = createPlane({ store: await openNew(), blobs: createBlobFolder({ folder: blobs.path }) });
    for (const variant of ['tiny-q8_0', 'tiny-q4_0', 'other-q8_0']) {
      await plane.catalogue.importFile({
        source: createReadStream(files.file(variant)),
        modelId: variant.replace(/-.*/, ''),
        variant,
        origin: 'imported',
      });
    }
    return () => blobs.remove();
  });

  const importAdapter = (adapter: string, more: { modelId?: string; sha256?: string; file?: string } = {}) =>
    plane.catalogue.importAdapter({
      source: createReadStream(files.file(more.file ?? adapter)),
      modelId: 'tiny',
      adapter,
      ...more,
    });

  it('is read, chunked, kept and listed with its model', async () => {
    const { adapter, isNew } = await importAdapter('shop');
    const bytes = await readFile(files.file('shop'));
    expect(isNew).toBe(true);
    expect(adapter).toMatchObject({
      digest: nodeHashing.sha256(bytes),
      bytes: bytes.length,
      facts: { architecture: 'llama', rank: 8, alpha: 200, quantization: 'F32' },
    });
    const manifest = await plane.catalogue.getManifest(adapter.manifestDigest);
    expect(Manifest.parse(JSON.parse(new TextDecoder().decode(manifest))).digest).toBe(adapter.digest);
    expect((await plane.catalogue.getModel('tiny')).adapters).toEqual([adapter]);
    expect((await plane.catalogue.listModels()).items.map((m) => [m.id, m.adapters.length])).toEqual([
      ['other', 0],
      ['tiny', 1],
    ]);
    expect(await importAdapter('shop')).toEqual({ adapter, isNew: false });
    expect(await importAdapter('shop', { sha256: adapter.digest })).toEqual({ adapter, isNew: false });
  });

  it('has one name, and its name is that of one file', async () => {
    const { adapter } = await importAdapter('shop');
    await expect(importAdapter('shop', { file: 'clinic' })).rejects.toThrow(
      refusal('already-exists', because(/^The adapter name is taken: `shop`.*\.$/, { field: 'adapter' })),
    );
    await expect(importAdapter('other', { file: 'shop', sha256: adapter.digest })).rejects.toThrow(
      refusal('already-exists', because(/already: it is `shop`/, { about: 'shop' })),
    );
    expect((await plane.catalogue.getModel('tiny')).adapters).toEqual([adapter]);
  });

  it('is made once when many import the same at once', async () => {
    const all = await Promise.all(Array.from({ length: 4 }, () => importAdapter('shop')));
    expect(all.filter(({ isNew }) => isNew)).toHaveLength(1);
  });

  it('is refused, and nothing of it is kept, where it does not fit its model or is none', async () => {
    const kept = await readdir(blobs.path);
    const wrong: [string, RegExp][] = [
      ['foreign', /does not fit `tiny-q\d_0` of tiny: .* architecture qwen3, and the model is of llama/],
      ['larger', /does not fit `tiny-q\d_0` of tiny: it changes blk\.\d+\.\S+ as one of/],
      ['tiny-q8_0', /No agent could apply this adapter: it is no adapter/],
    ];
    for (const [name, reason] of wrong) {
      await expect(importAdapter(name)).rejects.toThrow(refusal('gguf-invalid', because(reason)));
    }
    const cut = await readFile(files.file('shop'));
    await writeFile(files.file('cut'), cut.subarray(0, cut.length - 1));
    await expect(importAdapter('cut')).rejects.toThrow(refusal('gguf-invalid', because(/truncated/)));
    await expect(importAdapter('shop', { modelId: 'nonesuch' })).rejects.toThrow(
      refusal('not-found', because(/no model nonesuch/, { field: 'modelId' })),
    );
    expect(await readdir(blobs.path)).toEqual(kept);
  });

  it('is no model, and the refusal says how to bring it in', async () => {
    const file = { modelId: 'tiny', variant: 'shop', origin: 'imported' as const };
    await expect(
      plane.catalogue.importFile({ ...file, source: createReadStream(files.file('shop')) }),
    ).rejects.toThrow(
      refusal('gguf-invalid', because(/LoRA adapter/, { fix: expect.stringContaining('--adapter-of') })),
    );
  });

  it('stands inside the signed release, with every candidate of its model', async () => {
    const { adapter } = await importAdapter('shop');
    const { digest, manifestDigest, bytes } = adapter;
    const { release } = await plane.releases.create(
      {
        ...releaseSpec('tiny-q8_0'),
        candidates: ['tiny-q8_0', 'tiny-q4_0'],
        adapters: [{ name: 'shop', scale: 0.5 }],
      },
      'me',
    );
    const named = { name: 'shop', digest, manifestDigest, bytes, scale: 0.5 };
    expect(release.candidates.map((candidate) => candidate.adapter)).toEqual([named, named]);
    expect(release.requires).toContain('adapter-v1');
    const { envelope } = await plane.releases.getSigned((await plane.releases.get('assistant@1')).digest);
    expect(JSON.parse(Buffer.from(envelope.payload, 'base64').toString())).toEqual(release);
    const { release: plain } = await plane.releases.create(releaseSpec('tiny-q8_0'), 'me');
    expect(plain.requires).not.toContain('adapter-v1');
  });

  it('is refused by a release by its field', async () => {
    await importAdapter('shop');
    await importAdapter('clinic');
    await importAdapter('foreign', { modelId: 'other' });
    const wrong: [string[], string[], string, RegExp][] = [
      [['tiny-q8_0'], ['nonesuch'], 'adapters[0].name', /no adapter `nonesuch`/],
      [['tiny-q8_0'], ['shop', 'clinic'], 'adapters[1].name', /`shop` is an adapter of tiny too/],
      [['tiny-q8_0'], ['shop', 'foreign'], 'adapters[1].name', /of other, which no candidate/],
      [['tiny-q8_0', 'other-q8_0'], ['shop'], 'candidates[1]', /names no adapter of other/],
    ];
    for (const [candidates, names, field, reason] of wrong) {
      const adapters = names.map((name) => ({ name, scale: 1 }));
      await expect(
        plane.releases.create({ ...releaseSpec('tiny-q8_0'), candidates, adapters }, 'me'),
      ).rejects.toThrow(refusal('invalid-input', because(reason, { field })));
    }
    const both = [
      { name: 'shop', scale: 1 },
      { name: 'foreign', scale: 1 },
    ];
    const candidates = ['tiny-q8_0', 'other-q8_0'];
    const made = await plane.releases.create(
      { ...releaseSpec('tiny-q8_0'), candidates, adapters: both },
      'me',
    );
    expect(made.release.candidates.map(({ adapter }) => adapter?.name)).toEqual(['shop', 'foreign']);
  });

  it('is refused by a release with a variant that came into its model later and is another', async () => {
    await importAdapter('shop');
    await writeSynthModel({ shape: 'tiny-reranker', quant: 'q4_0', path: files.file('odd') });
    await plane.catalogue.importFile({
      source: createReadStream(files.file('odd')),
      modelId: 'tiny',
      variant: 'odd',
      origin: 'imported',
    });
    await expect(
      plane.releases.create({ ...releaseSpec('odd'), adapters: [{ name: 'shop', scale: 1 }] }, 'me'),
    ).rejects.toThrow(
      refusal('invalid-input', because(/`shop` does not fit it: .*architecture/, { field: 'candidates[0]' })),
    );
  });
});
