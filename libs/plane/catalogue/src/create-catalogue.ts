import type { FleetEvent, Model } from '@flotilla/contracts';
import { AdapterFacts, FlotillaError, GgufFacts, LIMITS, Manifest } from '@flotilla/contracts';
import { canonicalJson, formatBytes, type Clock } from '@flotilla/kernel';
import { adapterFacts, adapterMisfit, ggufFacts, type GgufHeader } from '@flotilla/sizing';
import type { Catalogue, ImportFile } from './catalogue.ts';
import type { CatalogueStore } from './catalogue-store.ts';
import { GgufPassage } from './gguf-passage.ts';
import { readBlobHeader } from './header-reading.ts';
import {
  refuseOther,
  refuseUnfitting,
  refuseUnloadable,
  stated,
  type AskedFile,
  type NamedFile,
} from './import-refusals.ts';
import type { BlobStore, Hashing } from './ports.ts';

/** The part of the event feed that the catalogue needs. */
export interface Announce {
  append(event: Pick<FleetEvent, 'kind' | 'text'>): Promise<unknown>;
}

export interface CatalogueDeps {
  store: CatalogueStore;
  blobs: BlobStore;
  hashing: Hashing;
  clock: Clock;
  events?: Announce | undefined;
}

export function createCatalogue({ store, blobs, hashing, clock, events }: CatalogueDeps): Catalogue {
  async function storeManifest(digest: string, bytes: number, chunks: readonly string[]): Promise<string> {
    const manifest = Manifest.parse({ v: 1, digest, bytes, chunkBytes: LIMITS.chunkBytes, chunks });
    const document = canonicalJson(manifest);
    if (document.length > LIMITS.manifestBytes) {
      throw new FlotillaError(
        'too-large',
        `The manifest of ${digest} is over ${LIMITS.manifestBytes} bytes.`,
      );
    }
    const stored = await blobs.put({ source: once(document) });
    return stored.digest;
  }

  /** Hashes, chunks and keeps the bytes; nothing of them where the check throws. */
  async function keepFile({
    source,
    sha256,
    check,
  }: Pick<ImportFile, 'source' | 'sha256'> & { check: (header: GgufHeader) => void }) {
    const passage = new GgufPassage({ hashing, check });
    const { digest, bytes } = await blobs.put({ source: passage.through(source), expectedDigest: sha256 });
    const { header, chunks } = passage;
    return { digest, bytes, header, manifestDigest: await storeManifest(digest, bytes, chunks) };
  }

  /** Who says beforehand what the bytes are learns before they are sent that they are here. */
  async function alreadyHeld<Kept extends NamedFile>(
    asked: AskedFile & { sha256?: string | undefined },
    find: (by: { digest: string }) => Promise<Kept | undefined>,
  ): Promise<Kept | undefined> {
    const { sha256 } = asked;
    const held = sha256 === undefined ? undefined : await find({ digest: sha256 });
    if (held === undefined || !(await blobs.has(held.digest))) return undefined;
    refuseOther({ asked, digest: held.digest, held });
    return held;
  }

  /** What the store made of a file that is kept: one whose name stands for other bytes belongs to nothing. */
  async function settle(asked: AskedFile, digest: string, held: NamedFile): Promise<void> {
    if (held.digest !== digest) await blobs.remove(digest);
    refuseOther({ asked, digest, held });
  }

  const announce = async (text: string): Promise<void> => {
    await events?.append({ kind: 'model-imported', text });
  };

  async function getModel(id: string): Promise<Model> {
    const model = await store.findModel(id);
    if (model !== undefined) return model;
    throw new FlotillaError('not-found', `There is no model ${id}.`, {
      details: { field: 'modelId', about: id, fix: 'Name one that `models list` shows.' },
    });
  }

  return {
    async importFile(file) {
      const asked: AskedFile = { ...file, kind: 'variant', name: file.variant };
      const held = await alreadyHeld(asked, (by) => store.findVariant(by));
      if (held) return { variant: held, isNew: false };
      const { header, ...kept } = await keepFile({ ...file, check: refuseUnloadable });
      const facts = stated(GgufFacts.safeParse(ggufFacts(header)));
      const { modelId, origin } = file;
      const { quantization } = facts;
      const { kind, variant } = await store.addVariant({
        model: {
          id: modelId,
          title: file.title ?? modelId,
          description: file.description ?? '',
          licence: file.licence ?? facts.licence ?? 'unknown',
          origin,
          createdAt: clock.now(),
        },
        variant: { ...kept, name: file.variant, modelId, quantization, facts },
      });
      await settle(asked, kept.digest, variant);
      if (kind === 'added') {
        await announce(`${file.variant} was imported (${quantization}, ${formatBytes(kept.bytes)}).`);
      }
      return { variant, isNew: kind === 'added' };
    },

    async importAdapter(file) {
      const { modelId, licence } = file;
      const asked: AskedFile = { ...file, kind: 'adapter', name: file.adapter };
      const held = await alreadyHeld(asked, (by) => store.findAdapter(by));
      if (held) return { adapter: held, isNew: false };
      const bases: { name: string; header: GgufHeader }[] = [];
      for (const { name, digest } of (await getModel(modelId)).variants) {
        bases.push({ name, header: await readBlobHeader({ blobs, digest }) });
      }
      const { header, ...kept } = await keepFile({
        ...file,
        check: (adapter) => refuseUnfitting({ adapter, modelId, bases }),
      });
      const said = adapterFacts(header);
      const facts = stated(AdapterFacts.safeParse({ ...said, licence: licence ?? said.licence }));
      const { kind, adapter } = await store.addAdapter({ ...kept, name: file.adapter, modelId, facts });
      await settle(asked, kept.digest, adapter);
      if (kind === 'added') {
        await announce(
          `${file.adapter} was imported (adapter of ${modelId}, rank ${facts.rank}, ${formatBytes(kept.bytes)}).`,
        );
      }
      return { adapter, isNew: kind === 'added' };
    },

    async listModels({ limit: asked, cursor } = {}) {
      const limit = Math.min(500, Math.max(1, Math.trunc(asked ?? 50)));
      if (cursor !== undefined && (await store.findModel(cursor)) === undefined) {
        throw new FlotillaError('invalid-input', 'The cursor is not one that a page before gave.', {
          details: { field: 'cursor', fix: 'Use `next` of the page before, or leave it out.' },
        });
      }
      const models = await store.listModels({ after: cursor, limit: limit + 1 });
      const items = models.slice(0, limit);
      return models.length > limit ? { items, next: items.at(-1)?.id } : { items };
    },

    getModel,
    countModels: () => store.countModels(),
    findVariant: (name) => store.findVariant({ name }),
    findVariantByDigest: (digest) => store.findVariant({ digest }),
    findAdapter: (name) => store.findAdapter({ name }),

    async adapterMisfit({ adapter, variant }) {
      const [own, base] = await Promise.all(
        [adapter, variant].map(({ digest }) => readBlobHeader({ blobs, digest })),
      );
      return own && base && adapterMisfit({ adapter: own, base });
    },

    async getManifest(manifestDigest) {
      const size = await blobs.size(manifestDigest);
      // A model's blob is no manifest: without this check its digest would have it read whole into memory.
      if (size === undefined || size > LIMITS.manifestBytes) {
        throw new FlotillaError('not-found', `There is no manifest ${manifestDigest}.`, {
          details: { about: manifestDigest },
        });
      }
      const document = new Uint8Array(size);
      let at = 0;
      for await (const piece of await blobs.open({ digest: manifestDigest })) {
        document.set(piece, at);
        at += piece.length;
      }
      return document;
    },
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
