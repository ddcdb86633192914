import { createReadStream } from 'node:fs';

import { FlotillaError } from '@flotilla/contracts';

import type { GatewayClient } from '../src/gateway/gateway.ts';

/** A gateway whose blobs are files of this machine: for models too large for a test server's memory. */
export function fileGateway(
  files: readonly {
    candidate: { digest: string; manifestDigest: string };
    path: string;
    manifestBytes: Uint8Array;
  }[],
): GatewayClient & { readonly blobBytes: ReadonlyMap<string, number> } {
  const blobBytes = new Map<string, number>();
  return {
    blobBytes,
    async get({ path }) {
      const found = files.find(({ candidate }) => path.endsWith(candidate.manifestDigest));
      if (found === undefined) throw new FlotillaError('not-found', `no ${path}`);
      return found.manifestBytes;
    },
    async post({ path }) {
      throw new FlotillaError('not-found', `no ${path}`);
    },
    async *readRange({ digest, offset, length }) {
      const found = files.find(({ candidate }) => candidate.digest === digest);
      if (found === undefined) throw new FlotillaError('not-found', `no ${digest}`);
      for await (const piece of createReadStream(found.path, { start: offset, end: offset + length - 1 })) {
        blobBytes.set(digest, (blobBytes.get(digest) ?? 0) + (piece as Buffer).length);
        yield piece as Buffer;
      }
    },
    async close() {},
  };
}
