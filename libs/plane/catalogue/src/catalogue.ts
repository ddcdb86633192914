import type { Adapter, Model, Variant } from '@flotilla/contracts';

export interface ImportFile {
  /** The file's bytes, in any pieces; read once. */
  source: AsyncIterable<Uint8Array>;
  modelId: string;
  /** The variant's name, unique in the catalogue. */
  variant: string;
  title?: string | undefined;
  description?: string | undefined;
  licence?: string | undefined;
  /** `digest-mismatch` when the bytes are others. */
  sha256?: string | undefined;
  origin: Model['origin'];
}

export interface ImportOutcome {
  variant: Variant;
  /** False when the catalogue held exactly this before. */
  isNew: boolean;
}

export interface ImportAdapter {
  /** The file's bytes, in any pieces; read once. */
  source: AsyncIterable<Uint8Array>;
  /** The model it was trained on. */
  modelId: string;
  /** The adapter's name, unique among adapters. */
  adapter: string;
  licence?: string | undefined;
  /** `digest-mismatch` when the bytes are others. */
  sha256?: string | undefined;
}

export interface ImportAdapterOutcome {
  adapter: Adapter;
  /** False when the catalogue held exactly this before. */
  isNew: boolean;
}

/** Models and their files. Errors: `gguf-invalid`, `digest-mismatch`, `already-exists`, `not-found`. */
export interface Catalogue {
  /**
   * Hashes, chunks and stores the file while it streams, and reads its header. The same bytes under the same name of the
   * same model again change nothing (`isNew` is false); a name that stands for other bytes, and bytes that have another
   * name, are `already-exists` with what is there.
   */
  importFile(file: ImportFile): Promise<ImportOutcome>;
  /**
   * The same for an adapter of a model that is here. One that does not fit every variant of it is `gguf-invalid`, with
   * the tensor that does not.
   */
  importAdapter(file: ImportAdapter): Promise<ImportAdapterOutcome>;
  /** By id, ascending. */
  listModels(page?: {
    limit?: number | undefined;
    cursor?: string | undefined;
  }): Promise<{ items: Model[]; next?: string | undefined }>;
  getModel(id: string): Promise<Model>;
  countModels(): Promise<number>;
  findVariant(name: string): Promise<Variant | undefined>;
  findVariantByDigest(digest: string): Promise<Variant | undefined>;
  findAdapter(name: string): Promise<Adapter | undefined>;
  /** Why an adapter cannot be applied to a variant, by the headers of both; undefined when it can. */
  adapterMisfit(pair: {
    adapter: Pick<Adapter, 'digest'>;
    variant: Pick<Variant, 'digest'>;
  }): Promise<string | undefined>;
  /** Canonical JSON of the manifest of that digest. Throws `not-found`. */
  getManifest(manifestDigest: string): Promise<Uint8Array>;
}
