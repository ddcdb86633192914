import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

import { fileError } from './file-error.ts';

/**
 * SHA-256 of a file as lower-case hex, read as a stream so that a model of many gigabytes takes no memory.
 *
 * @param options.signal stops the reading; the promise then rejects with the signal's reason.
 */
export async function hashFile(path: string, { signal }: { signal?: AbortSignal } = {}): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw fileError({ error, path, doing: 'Hashing' });
  }
  return hash.digest('hex');
}
