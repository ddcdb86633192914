/** The stores of the control plane over SQLite or PostgreSQL, and blobs in a folder. */
export { openStore, type PlaneStore } from './open-store.ts';
export { createBlobFolder } from './blob-folder.ts';
export { nodeHashing, nodeSecrets } from './node-crypto.ts';
export type { EngineName } from './engine.ts';
export type { MigrateOutcome } from './migrate.ts';
export type { Claim, ClaimOptions } from './claim-postgres.ts';
