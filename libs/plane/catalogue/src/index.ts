/** Models, their files in verified chunks, and the signed releases made from them. */
export type { BlobStore, Hashing, SchemaProblem, Signer } from './ports.ts';
export type {
  Catalogue,
  ImportAdapter,
  ImportAdapterOutcome,
  ImportFile,
  ImportOutcome,
} from './catalogue.ts';
export type { Releases } from './releases.ts';
export type {
  AddAdapterOutcome,
  AddVariantOutcome,
  CatalogueStore,
  ModelRow,
  ReleaseRow,
  ReleaseStore,
} from './catalogue-store.ts';
export { createCatalogue, type Announce, type CatalogueDeps } from './create-catalogue.ts';
export { createReleases, type ReleasesDeps } from './create-releases.ts';
export { parseReleaseRef } from './parse-release-ref.ts';
export { KNOWN_ARCHITECTURES } from './loadable/known-architectures.ts';
