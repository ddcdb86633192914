import { createHash, type Hash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

import { fileError, syncFolder } from '@flotilla/platform-files';

const READ_BYTES = 256 * 1024;

/** A file that has its full size from the start, with holes: no space is taken, and what is there can be read. */
export interface SizedFile {
  readonly handle: FileHandle;
  /** Made just now: an earlier one was missing or of another size. */
  readonly created: boolean;
  /** Throws `disk-full` and the other codes of a file operation. */
  writeAt(offset: number, bytes: Buffer): Promise<void>;
  /** The hash so far of a range. */
  hashOf(range: { offset: number; length: number }): Promise<Hash>;
  close(): Promise<void>;
}

export async function openSizedFile({ path, bytes }: { path: string; bytes: number }): Promise<SizedFile> {
  const { handle, created } = await openOrMake(path, bytes);
  return {
    handle,
    created,
    async writeAt(offset, content) {
      try {
        for (let done = 0; done < content.length;) {
          const { bytesWritten } = await handle.write(content, done, content.length - done, offset + done);
          done += bytesWritten;
        }
      } catch (error) {
        throw fileError({ error, path, doing: 'Writing' });
      }
    },
    async hashOf({ offset, length }) {
      const hash = createHash('sha256');
      const buffer = Buffer.alloc(Math.min(READ_BYTES, length));
      for (let at = 0; at < length;) {
        const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, length - at), offset + at);
        if (bytesRead === 0) break;
        hash.update(buffer.subarray(0, bytesRead));
        at += bytesRead;
      }
      return hash;
    },
    close: () => handle.close(),
  };
}

async function openOrMake(path: string, bytes: number): Promise<{ handle: FileHandle; created: boolean }> {
  try {
    const existing = await open(path, 'r+').catch(() => undefined);
    if (existing !== undefined && (await existing.stat()).size === bytes) {
      return { handle: existing, created: false };
    }
    await existing?.close();
    const handle = await open(path, 'w+', 0o600);
    await handle.truncate(bytes);
    await handle.sync();
    await syncFolder(dirname(path));
    return { handle, created: true };
  } catch (error) {
    throw fileError({ error, path, doing: 'Creating' });
  }
}
