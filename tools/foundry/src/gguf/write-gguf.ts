import { open, rename, rm } from 'node:fs/promises';
import { FlotillaError } from '@flotilla/contracts';
import { encodeMetadataEntry, encodeText, encodeU32, encodeU64, type GgufMetadata } from './metadata.ts';
import { TENSOR_TYPES, tensorBytes, type TensorType } from './tensor-type.ts';

const MAGIC = 'GGUF';
const VERSION = 3;
const ALIGNMENT = 32;

export type GgufTensor = {
  name: string;
  /** GGUF's order: the length of a row first, then the number of rows. */
  dimensions: readonly number[];
  type: TensorType;
  /** The encoded bytes, in pieces of any size; called once, when this tensor's turn comes. */
  data: () => Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
};

export type WriteGgufOptions = {
  path: string;
  metadata: GgufMetadata;
  tensors: readonly GgufTensor[];
  onProgress?: (progress: { writtenBytes: number; totalBytes: number }) => void;
  signal?: AbortSignal;
};

/**
 * Writes a GGUF v3 file and resolves to its size in bytes.
 *
 * Tensor data streams through, so memory is bounded by the header and one piece. The file appears under its
 * name only when it is complete (it grows as `PATH.part`, which is removed on failure).
 */
export async function writeGguf({
  path,
  metadata,
  tensors,
  onProgress,
  signal,
}: WriteGgufOptions): Promise<number> {
  const sizes = tensors.map(sizeOf);
  const header = encodeHeader(metadata, tensors, sizes);
  const totalBytes = header.length + sizes.reduce((sum, size) => sum + aligned(size), 0);
  const partial = `${path}.part`;
  const file = await open(partial, 'w');
  try {
    let writtenBytes = 0;
    const write = async (bytes: Uint8Array): Promise<void> => {
      signal?.throwIfAborted();
      if (bytes.length > 0) await file.writeFile(bytes);
      writtenBytes += bytes.length;
      onProgress?.({ writtenBytes, totalBytes });
    };
    await write(header);
    for (const [index, tensor] of tensors.entries()) {
      const start = writtenBytes;
      for await (const piece of tensor.data()) await write(piece);
      const size = sizes[index]!;
      if (writtenBytes - start !== size) {
        throw new FlotillaError(
          'invalid-input',
          `tensor ${tensor.name} gave ${writtenBytes - start} bytes, its shape needs ${size}`,
        );
      }
      await write(new Uint8Array(aligned(size) - size));
    }
    await file.close();
    await rename(partial, path);
    return totalBytes;
  } catch (cause) {
    await file.close();
    await rm(partial, { force: true });
    throw cause;
  }
}

function encodeHeader(
  metadata: GgufMetadata,
  tensors: readonly GgufTensor[],
  sizes: readonly number[],
): Uint8Array {
  const entries = Object.entries(metadata).flatMap(([key, value]) =>
    value ? [encodeMetadataEntry(key, value)] : [],
  );
  const infos: Uint8Array[] = [];
  let offset = 0;
  for (const [index, { name, dimensions, type }] of tensors.entries()) {
    infos.push(
      encodeText(name),
      encodeU32(dimensions.length),
      ...dimensions.map(encodeU64),
      encodeU32(TENSOR_TYPES[type].id),
      encodeU64(offset),
    );
    offset += aligned(sizes[index]!);
  }
  const head = Buffer.concat([
    Buffer.from(MAGIC, 'latin1'),
    encodeU32(VERSION),
    encodeU64(tensors.length),
    encodeU64(entries.length),
    ...entries,
    ...infos,
  ]);
  return Buffer.concat([head, Buffer.alloc(aligned(head.length) - head.length)]);
}

function sizeOf({ name, dimensions, type }: GgufTensor): number {
  const { blockValues } = TENSOR_TYPES[type];
  const [row] = dimensions;
  if (
    row === undefined ||
    dimensions.length > 4 ||
    dimensions.some((length) => !Number.isInteger(length) || length < 1)
  ) {
    throw new FlotillaError(
      'invalid-input',
      `tensor ${name} needs 1 to 4 positive dimensions, not [${dimensions.join(', ')}]`,
    );
  }
  if (row % blockValues !== 0) {
    throw new FlotillaError(
      'invalid-input',
      `tensor ${name} has rows of ${row} values; ${type} needs a multiple of ${blockValues}`,
    );
  }
  return tensorBytes(
    type,
    dimensions.reduce((product, length) => product * length, 1),
  );
}

function aligned(size: number): number {
  return Math.ceil(size / ALIGNMENT) * ALIGNMENT;
}
