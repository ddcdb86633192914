import { open, type FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

import type { Manifest } from '@flotilla/contracts';
import { systemCode } from '@flotilla/platform-files';

/*
 * The journal of one arriving blob: a head that names the layout, then records of 12 bytes, each
 *   u32 chunk index · u32 bytes of that chunk on the disk · u32 CRC-32 of the eight bytes before it
 * The last record of a chunk counts. A torn or foreign record ends the reading: everything before it holds.
 * The data are synced before the record that speaks of them, so a record is never ahead of the bytes,
 * and a power cut costs the bytes since the last commit, never more.
 */
const HEAD_BYTES = 24;
const RECORD_BYTES = 12;
const MAGIC = 0x314a4c46; // "FLJ1"

export interface ChunkJournal {
  /** Bytes on the disk per chunk, as committed. */
  readonly received: readonly number[];
  /** Syncs the data file, then appends; commits that come meanwhile share the next sync. */
  commit(record: { index: number; bytes: number }): Promise<void>;
  close(): Promise<void>;
}

/** Opens the journal of a data file. One that belongs to another layout, or to no data file, starts again. */
export async function openChunkJournal({
  path,
  manifest,
  data,
  fresh,
}: {
  path: string;
  manifest: Manifest;
  data: FileHandle;
  /** Forget what an old journal says: its data are gone. */
  fresh: boolean;
}): Promise<ChunkJournal> {
  const file = await openOrCreate(path, fresh);
  const head = encodeHead(manifest);
  let content: Buffer = await file.readFile();
  if (!content.subarray(0, HEAD_BYTES).equals(head)) {
    await file.truncate(0);
    await file.write(head, 0, HEAD_BYTES, 0);
    content = head;
  }
  const { received, validBytes } = readRecords(content, manifest);
  await file.truncate(validBytes);
  let end = validBytes;
  let waiting: { index: number; bytes: number; done: () => void; failed: (error: unknown) => void }[] = [];
  let running: Promise<void> | undefined;

  async function flush(): Promise<void> {
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      try {
        await data.datasync();
        const records = Buffer.concat(group.map(encodeRecord));
        await file.write(records, 0, records.length, end);
        await file.datasync();
        end += records.length;
        for (const { index, bytes, done } of group) {
          received[index] = bytes;
          done();
        }
      } catch (error) {
        for (const { failed } of group) failed(error);
      }
    }
    running = undefined;
  }

  return {
    received,
    commit: ({ index, bytes }) =>
      new Promise((done, failed) => {
        waiting.push({ index, bytes, done, failed });
        running ??= flush();
      }),
    async close() {
      await running;
      await file.close();
    },
  };
}

async function openOrCreate(path: string, fresh: boolean): Promise<FileHandle> {
  if (!fresh) {
    try {
      return await open(path, 'r+');
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
    }
  }
  return open(path, 'w+', 0o600);
}

function encodeHead({ bytes, chunkBytes }: Manifest): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32LE(MAGIC, 0);
  head.writeUInt32LE(chunkBytes, 4);
  head.writeBigUInt64LE(BigInt(bytes), 8);
  head.writeUInt32LE(crc32(head.subarray(0, 16)), 16);
  return head;
}

function encodeRecord({ index, bytes }: { index: number; bytes: number }): Buffer {
  const record = Buffer.alloc(RECORD_BYTES);
  record.writeUInt32LE(index, 0);
  record.writeUInt32LE(bytes, 4);
  record.writeUInt32LE(crc32(record.subarray(0, 8)), 8);
  return record;
}

/** Exported for its test: what a journal of any bytes says, and how many of them are sound. */
export function readRecords(
  content: Buffer,
  manifest: Pick<Manifest, 'bytes' | 'chunkBytes' | 'chunks'>,
): { received: number[]; validBytes: number } {
  const received = manifest.chunks.map(() => 0);
  let validBytes = HEAD_BYTES;
  for (let at = HEAD_BYTES; at + RECORD_BYTES <= content.length; at += RECORD_BYTES) {
    const index = content.readUInt32LE(at);
    const bytes = content.readUInt32LE(at + 4);
    const sound =
      content.readUInt32LE(at + 8) === crc32(content.subarray(at, at + 8)) &&
      index < received.length &&
      bytes <= chunkLength(manifest, index);
    if (!sound) break;
    received[index] = bytes;
    validBytes = at + RECORD_BYTES;
  }
  return { received, validBytes };
}

/** Bytes of a chunk: all have `chunkBytes` but the last. */
export function chunkLength(
  { bytes, chunkBytes }: Pick<Manifest, 'bytes' | 'chunkBytes'>,
  index: number,
): number {
  return Math.min(chunkBytes, bytes - index * chunkBytes);
}
