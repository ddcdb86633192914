import { GgufReader, HeaderCut, HeaderUnsound } from './gguf-reader.ts';

export type GgufScalar = string | number | boolean;
/** A metadata value. Of an array only its length is kept, and its items when they are few: vocabularies are large. */
export type GgufValue = GgufScalar | { length: number; items?: GgufScalar[] };

export interface GgufTensor {
  name: string;
  /** ggml's number. */
  type: number;
  /** Innermost first. */
  dimensions: number[];
  /** From the start of the data section. */
  offset: number;
}

export interface GgufHeader {
  version: number;
  metadata: ReadonlyMap<string, GgufValue>;
  /** GGUF's number of each metadata value's type: the engine aborts on some values of a type it does not expect. */
  valueTypes: ReadonlyMap<string, number>;
  tensors: GgufTensor[];
  /** Bytes of the header, padding left out. */
  headerBytes: number;
  /** Where tensor data begin in the file. */
  dataOffset: number;
}

export type GgufHeaderParse =
  | { kind: 'header'; header: GgufHeader }
  /** The bytes given end inside the header; at least `neededBytes` from the start of the file are needed. */
  | { kind: 'incomplete'; neededBytes: number }
  | { kind: 'invalid'; reason: string };

const MAGIC = 0x46554747; // "GGUF", little-endian
const KEPT_ITEMS = 1024;
/** A vocabulary of 262,144 tokens with its merges takes some 20 MiB; short arrays hold a number per layer. */
const LIMITS = {
  entries: 65_536,
  tensors: 262_144,
  items: 16_777_216,
  keptItems: 65_536,
  headerBytes: 64 * 1024 * 1024,
};
const DEFAULT_ALIGNMENT = 32;

/**
 * Reads a GGUF header (versions 2 and 3) from the first bytes of a file, and never trusts a count in it.
 * Says `incomplete` while the bytes given end too early, so that a caller can fetch only what it must.
 */
export function parseGgufHeader(bytes: Uint8Array): GgufHeaderParse {
  try {
    return { kind: 'header', header: read(new GgufReader(bytes)) };
  } catch (error) {
    if (error instanceof HeaderCut) {
      return error.neededBytes > LIMITS.headerBytes
        ? { kind: 'invalid', reason: `the header claims more than ${LIMITS.headerBytes} bytes` }
        : { kind: 'incomplete', neededBytes: error.neededBytes };
    }
    if (error instanceof HeaderUnsound) return { kind: 'invalid', reason: error.message };
    throw error;
  }
}

function read(reader: GgufReader): GgufHeader {
  if (reader.u32() !== MAGIC) throw new HeaderUnsound('the file does not begin with GGUF');
  const version = reader.u32();
  if (version !== 2 && version !== 3) throw new HeaderUnsound(`GGUF version ${version} is not supported`);
  const tensorCount = bounded(reader.u64(), LIMITS.tensors, 'tensors');
  const entryCount = bounded(reader.u64(), LIMITS.entries, 'metadata entries');
  const metadata = new Map<string, GgufValue>();
  const valueTypes = new Map<string, number>();
  let keptItems = 0;
  for (let entry = 0; entry < entryCount; entry += 1) {
    const key = reader.string();
    const type = reader.u32();
    valueTypes.set(key, type);
    const value = readValue(reader, type, key);
    if (typeof value === 'object')
      keptItems = bounded(keptItems + (value.items?.length ?? 0), LIMITS.keptItems, 'items of short arrays');
    metadata.set(key, value);
  }
  const tensors: GgufTensor[] = [];
  for (let index = 0; index < tensorCount; index += 1) tensors.push(readTensor(reader));
  const alignment = metadata.get('general.alignment') ?? DEFAULT_ALIGNMENT;
  if (typeof alignment !== 'number' || alignment < 1 || alignment % 8 !== 0) {
    throw new HeaderUnsound('general.alignment is not a multiple of 8');
  }
  const headerBytes = reader.offset;
  return {
    version,
    metadata,
    valueTypes,
    tensors,
    headerBytes,
    dataOffset: Math.ceil(headerBytes / alignment) * alignment,
  };
}

function readTensor(reader: GgufReader): GgufTensor {
  const name = reader.string();
  const rank = bounded(reader.u32(), 8, `dimensions of ${name}`);
  const dimensions = Array.from({ length: rank }, () => reader.u64());
  return { name, dimensions, type: reader.u32(), offset: reader.u64() };
}

const ARRAY = 9;

function readValue(reader: GgufReader, type: number, key: string): GgufValue {
  if (type !== ARRAY) return readScalar(reader, type, key);
  const itemType = reader.u32();
  if (itemType === ARRAY) throw new HeaderUnsound(`${key} is an array of arrays`);
  const length = bounded(reader.u64(), LIMITS.items, `items of ${key}`);
  if (length <= KEPT_ITEMS) {
    return { length, items: Array.from({ length }, () => readScalar(reader, itemType, key)) };
  }
  const width = SCALAR_BYTES[itemType];
  if (width !== undefined) reader.skip(width * length);
  else for (let item = 0; item < length; item += 1) reader.skipString();
  return { length };
}

const STRING = 8;
/** Bytes of each fixed-width value type. */
const SCALAR_BYTES: Readonly<Record<number, number | undefined>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
};

function readScalar(reader: GgufReader, type: number, key: string): GgufScalar {
  switch (type) {
    case 0:
      return reader.u8();
    case 1:
      return reader.i8();
    case 2:
      return reader.u16();
    case 3:
      return reader.i16();
    case 4:
      return reader.u32();
    case 5:
      return reader.i32();
    case 6:
      return reader.f32();
    case 7:
      return reader.u8() !== 0;
    case STRING:
      return reader.string();
    case 10:
      return reader.u64();
    case 11:
      return reader.i64();
    case 12:
      return reader.f64();
    default:
      throw new HeaderUnsound(`${key} has the unknown value type ${type}`);
  }
}

function bounded(value: number, limit: number, what: string): number {
  if (value > limit) throw new HeaderUnsound(`it claims ${value} ${what}, more than ${limit}`);
  return value;
}
