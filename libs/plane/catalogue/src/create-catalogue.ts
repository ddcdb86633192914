import type { FleetEvent, Variant } from '@flotilla/contracts';
import { FlotillaError, LIMITS, Manifest } from '@flotilla/contracts';
import { canonicalJson, formatBytes, type Clock } from '@flotilla/kernel';
import type { Catalogue, ImportFile } from './catalogue.ts';
import type { CatalogueStore } from './catalogue-store.ts';
import type { BlobStore, Hashing } from './ports.ts';
import { GgufPassage } from './gguf-passage.ts';

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

  /** Who says beforehand what the bytes are learns before they are sent that they are here. */
  async function alreadyHeld(file: ImportFile): Promise<Variant | undefined> {
    if (file.sha256 === undefined) return undefined;
    const held = await store.findVariant({ digest: file.sha256 });
    if (held === undefined || !(await blobs.has(file.sha256))) return undefined;
    if (!isSame(file, held)) throw taken({ file, digest: file.sha256, by: held });
    return held;
  }

  return {
    async importFile(file) {
      const held = await alreadyHeld(file);
      if (held) return { variant: held, isNew: false };
      const passage = new GgufPassage(hashing);
      const { digest, bytes } = await blobs.put({
        source: passage.through(file.source),
        expectedDigest: file.sha256,
      });
      const facts = passage.facts();
      const variant: Variant = {
        digest,
        name: file.variant,
        modelId: file.modelId,
        quantization: facts.quantization,
        bytes,
        manifestDigest: await storeManifest(digest, bytes, passage.chunks),
        facts,
      };
      const outcome = await store.addVariant({
        model: {
          id: file.modelId,
          title: file.title ?? file.modelId,
          description: file.description ?? '',
          licence: file.licence ?? facts.licence ?? 'unknown',
          origin: file.origin,
          createdAt: clock.now(),
        },
        variant,
      });
      if (outcome.kind === 'taken') {
        // Other bytes came under a name in use: they belong to no variant.
        if (outcome.variant.digest !== digest) await blobs.remove(digest);
        throw taken({ file, digest, by: outcome.variant });
      }
      if (!isSame(file, outcome.variant)) throw taken({ file, digest, by: outcome.variant });
      if (outcome.kind === 'added') {
        await events?.append({
          kind: 'model-imported',
          text: `${file.variant} was imported (${facts.quantization}, ${formatBytes(bytes)}).`,
        });
      }
      return { variant: outcome.variant, isNew: outcome.kind === 'added' };
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

    async getModel(id) {
      const model = await store.findModel(id);
      if (model === undefined) {
        throw new FlotillaError('not-found', `There is no model ${id}.`, { details: { about: id } });
      }
      return model;
    },

    countModels: () => store.countModels(),
    findVariant: (name) => store.findVariant({ name }),
    findVariantByDigest: (digest) => store.findVariant({ digest }),

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

function isSame(file: ImportFile, held: Variant): boolean {
  return held.name === file.variant && held.modelId === file.modelId;
}

/** What is there, under which name. */
function taken({ file, digest, by }: { file: ImportFile; digest: string; by: Variant }): FlotillaError {
  const there = `\`${by.name}\` of the model \`${by.modelId}\``;
  return by.digest === digest
    ? new FlotillaError('already-exists', `This very file is in the catalogue already: it is ${there}.`, {
        details: {
          field: by.name === file.variant ? 'modelId' : 'variant',
          about: by.name,
          fix: `Use \`${by.name}\` in releases; a file has one name, so that a fleet pulls it once.`,
        },
      })
    : new FlotillaError(
        'already-exists',
        `The variant name is taken: ${there} is another file (sha256 ${by.digest.slice(0, 12)}).`,
        { details: { field: 'variant', about: by.name, fix: 'Give the new file another variant name.' } },
      );
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
