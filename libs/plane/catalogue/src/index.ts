/** Models, their files in verified chunks, and the signed releases made from them. */
export type { BlobStore, Hashing, Signer } from './ports.ts';
export type { Catalogue, ImportFile } from './catalogue.ts';
export type { Releases } from './releases.ts';
