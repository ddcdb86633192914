import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

import { fileError } from './file-error.ts';

const READ_BYTES = 256 * 1024;

/**
 * SHA-256 of a file as lower-case hex. One buffer serves the whole file: a stream makes a new one for each part, and
 * what a model of many gigabytes leaves behind stays with the process.
 *
 * @param options.signal stops the reading; the promise then rejects with the signal's reason.
 */
export async function hashFile(path: string, { signal }: { signal?: AbortSignal } = {}): Promise<string> {
  const hash = createHash('sha256');
  try {
    await using file = await open(path);
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    for (;;) {
      signal?.throwIfAborted();
      const { bytesRead } = await file.read(buffer, 0, READ_BYTES, null);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(buffer.subarray(0, bytesRead));
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw fileError({ error, path, doing: 'Hashing' });
  }
}
