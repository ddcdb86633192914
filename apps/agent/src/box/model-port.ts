import { pullModel, type GatewayClient, type ModelStore as BlobFolder } from '@flotilla/agent-models';
import {
  filesOf,
  type Documents,
  type ModelStore,
  type ReleaseStore,
  type StoredBlob,
} from '@flotilla/agent-reconcile';
import { FlotillaError } from '@flotilla/contracts';

export interface ModelPortOptions {
  store: BlobFolder;
  gateway: () => GatewayClient;
  releases: Pick<ReleaseStore, 'list'>;
  documents: Pick<Documents, 'readCurrent' | 'readRollback'>;
  /** Most bytes per second of a pull; undefined for no limit. */
  bytesPerSecond: () => Promise<number | undefined>;
}

/** The store of blobs as the loop sees it. */
export function createModelPort({
  store,
  gateway,
  releases,
  documents,
  bytesPerSecond,
}: ModelPortOptions): ModelStore {
  /** Verified by this process. What an earlier one left and never served is hashed again before its first load. */
  const verifiedHere = new Set<string>();

  async function stateOf({
    digest,
    bytes,
    served,
  }: {
    digest: string;
    bytes: number;
    served: boolean;
  }): Promise<StoredBlob | undefined> {
    const missing = await store.missingBytes({ digest, bytes });
    if ((await store.find(digest)) !== undefined) {
      return { state: served || verifiedHere.has(digest) ? 'verified' : 'fetched', doneBytes: bytes };
    }
    return missing < bytes ? { state: 'partial', doneBytes: bytes - missing } : undefined;
  }

  return {
    async list() {
      const [known, current, rollback] = await Promise.all([
        releases.list(),
        documents.readCurrent(),
        documents.readRollback(),
      ]);
      const files = new Map<string, { digest: string; bytes: number; served: boolean }>();
      for (const { digest, bytes } of [...known.values()].flatMap(({ candidates }) =>
        candidates.flatMap(filesOf),
      ))
        files.set(digest, { digest, bytes, served: false });
      for (const { placement } of [...current.services, ...rollback.services]) {
        for (const { digest, bytes } of filesOf(placement))
          files.set(digest, { digest, bytes, served: true });
      }
      const blobs = new Map<string, StoredBlob>();
      for (const file of files.values()) {
        const state = await stateOf(file);
        if (state) blobs.set(file.digest, state);
      }
      return blobs;
    },
    async fetch(file, { signal, onProgress }) {
      await pullModel({
        model: file,
        client: gateway(),
        store,
        signal,
        onProgress,
        bytesPerSecond: await bytesPerSecond(),
      });
      verifiedHere.add(file.digest); // a pull ends with the whole digest
    },
    async verify({ digest, name }, { signal }) {
      if (await store.verify(digest, { signal })) {
        verifiedHere.add(digest);
        return;
      }
      throw new FlotillaError(
        'digest-mismatch',
        `The file of ${name} was damaged on the disk and is fetched again.`,
        {
          details: { about: name },
        },
      );
    },
    async keepOnly(digests) {
      await store.collectGarbage({ keep: digests });
    },
  };
}
