import { FlotillaError } from '@flotilla/contracts';

/** A GGUF metadata value: the scalar kinds we use, and arrays of them. Floats are 32 bits wide, text is UTF-8. */
export type GgufValue =
  | { kind: 'u32' | 'i32' | 'u64' | 'f32'; value: number }
  | { kind: 'bool'; value: boolean }
  | { kind: 'string'; value: string }
  | { kind: 'i32s'; value: ArrayLike<number> }
  | { kind: 'strings'; value: readonly string[] };

/** Metadata in the order it is written. `undefined` leaves a key out. */
export type GgufMetadata = Readonly<Record<string, GgufValue | undefined>>;

export const u32 = (value: number): GgufValue => ({ kind: 'u32', value });
export const f32 = (value: number): GgufValue => ({ kind: 'f32', value });
export const bool = (value: boolean): GgufValue => ({ kind: 'bool', value });
export const text = (value: string): GgufValue => ({ kind: 'string', value });
export const texts = (value: readonly string[]): GgufValue => ({ kind: 'strings', value });
export const i32s = (value: ArrayLike<number>): GgufValue => ({ kind: 'i32s', value });

const TYPE_ID = { u32: 4, i32: 5, f32: 6, bool: 7, string: 8, array: 9, u64: 10 } as const;
const ELEMENT = { i32s: TYPE_ID.i32, strings: TYPE_ID.string } as const;

/** A key with its value as GGUF stores them. Throws on a key that GGUF does not allow. */
export function encodeMetadataEntry(key: string, entry: GgufValue): Uint8Array {
  if (!/^[a-z0-9_.]{1,64}$/.test(key)) {
    throw new FlotillaError(
      'invalid-input',
      `metadata key ${JSON.stringify(key)} must be 1-64 of a-z, 0-9, "_" and "."`,
    );
  }
  return Buffer.concat([encodeText(key), encodeValue(entry)]);
}

/** Text as GGUF stores it: its byte length as u64, then UTF-8. */
export function encodeText(value: string): Uint8Array {
  const bytes = Buffer.from(value, 'utf8');
  return Buffer.concat([encodeU64(bytes.length), bytes]);
}

export function encodeU32(value: number): Uint8Array {
  const out = Buffer.alloc(4);
  out.writeUInt32LE(value);
  return out;
}

export function encodeU64(value: number): Uint8Array {
  const out = Buffer.alloc(8);
  out.writeBigUInt64LE(BigInt(value));
  return out;
}

function encodeValue(entry: GgufValue): Uint8Array {
  switch (entry.kind) {
    case 'u32':
    case 'i32':
    case 'f32':
      return Buffer.concat([encodeU32(TYPE_ID[entry.kind]), encodeNumber(entry.kind, entry.value)]);
    case 'u64':
      return Buffer.concat([encodeU32(TYPE_ID.u64), encodeU64(entry.value)]);
    case 'bool':
      return Buffer.concat([encodeU32(TYPE_ID.bool), Uint8Array.of(entry.value ? 1 : 0)]);
    case 'string':
      return Buffer.concat([encodeU32(TYPE_ID.string), encodeText(entry.value)]);
    case 'i32s':
      return Buffer.concat([arrayHead(entry.kind, entry.value.length), encodeInts(entry.value)]);
    case 'strings':
      return Buffer.concat([arrayHead(entry.kind, entry.value.length), encodeTexts(entry.value)]);
  }
}

function arrayHead(kind: keyof typeof ELEMENT, length: number): Uint8Array {
  return Buffer.concat([encodeU32(TYPE_ID.array), encodeU32(ELEMENT[kind]), encodeU64(length)]);
}

function encodeInts(values: ArrayLike<number>): Uint8Array {
  const out = Buffer.alloc(4 * values.length);
  for (let i = 0; i < values.length; i++) out.writeInt32LE(values[i]!, 4 * i);
  return out;
}

/** A vocabulary has a hundred thousand texts, so they go into one buffer instead of one each. */
function encodeTexts(values: readonly string[]): Uint8Array {
  const out = Buffer.alloc(values.reduce((sum, value) => sum + 8 + Buffer.byteLength(value), 0));
  let at = 0;
  for (const value of values) {
    const length = out.write(value, at + 8);
    out.writeUInt32LE(length, at);
    at += 8 + length;
  }
  return out;
}

function encodeNumber(kind: 'u32' | 'i32' | 'f32', value: number): Uint8Array {
  const out = Buffer.alloc(4);
  if (kind === 'u32') out.writeUInt32LE(value);
  else if (kind === 'i32') out.writeInt32LE(value);
  else out.writeFloatLE(value);
  return out;
}
