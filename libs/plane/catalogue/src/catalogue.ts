import type { Model, Variant } from '@flotilla/contracts';

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

/** Models and their files. Errors: `gguf-invalid`, `digest-mismatch`, `already-exists`, `not-found`. */
export interface Catalogue {
  /**
   * Hashes, chunks and stores the file while it streams, then reads its header. The same bytes under the same name
   * again change nothing; a name that stands for other bytes is `already-exists`.
   */
  importFile(file: ImportFile): Promise<Variant>;
  /** By id, ascending. */
  listModels(page?: {
    limit?: number | undefined;
    cursor?: string | undefined;
  }): Promise<{ items: Model[]; next?: string | undefined }>;
  getModel(id: string): Promise<Model>;
  countModels(): Promise<number>;
  findVariant(name: string): Promise<Variant | undefined>;
  findVariantByDigest(digest: string): Promise<Variant | undefined>;
  /** Canonical JSON of the manifest of that digest. Throws `not-found`. */
  getManifest(manifestDigest: string): Promise<Uint8Array>;
}
