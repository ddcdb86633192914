import { createHash } from 'node:crypto';

import type { Manifest } from '@flotilla/contracts';
import { canonicalJson } from '@flotilla/kernel';

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A sound GGUF of about the given size: one metadata entry and one tensor of bytes that never repeat. */
export function tinyGguf(dataBytes: number, { seed = 1 }: { seed?: number } = {}): Buffer {
  const rows = Math.ceil(dataBytes / 4);
  const head = Buffer.concat([
    Buffer.from('GGUF'),
    u32(3),
    u64(1),
    u64(1),
    text('general.architecture'),
    u32(8),
    text('llama'),
    text('token_embd.weight'),
    u32(1),
    u64(rows),
    u32(0),
    u64(0),
  ]);
  const padding = Buffer.alloc((32 - (head.length % 32)) % 32);
  const data = Buffer.alloc(rows * 4);
  let state = seed;
  for (let at = 0; at < data.length; at += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    data.writeUInt32LE(state, at);
  }
  return Buffer.concat([head, padding, data]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function text(value: string): Buffer {
  return Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
}

/** A blob with its manifest, as a catalogue would publish it. */
export interface Published {
  bytes: Buffer;
  manifest: Manifest;
  manifestBytes: Uint8Array;
  /** What a release names. */
  model: { digest: string; manifestDigest: string };
}

export function publish(
  bytes: Buffer,
  { chunkBytes = 64 * 1024, change }: { chunkBytes?: number; change?: (manifest: Manifest) => Manifest } = {},
): Published {
  const chunks: string[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes)
    chunks.push(sha256(bytes.subarray(at, at + chunkBytes)));
  const honest: Manifest = { v: 1, digest: sha256(bytes), bytes: bytes.length, chunkBytes, chunks };
  const manifest = change?.(honest) ?? honest;
  const manifestBytes = canonicalJson(manifest);
  return {
    bytes,
    manifest,
    manifestBytes,
    model: { digest: manifest.digest, manifestDigest: sha256(manifestBytes) },
  };
}
