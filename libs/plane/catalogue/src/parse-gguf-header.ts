import { tensorType } from './gguf-types.ts';
import { GgufReader, NeedMoreBytes, NotGguf } from './gguf-reader.ts';

/** A value of the header's key-value part. Arrays are known by their length only; long strings by their presence. */
export type GgufValue = string | number | boolean | { array: number; first?: number | undefined };

export interface GgufHeader {
  version: number;
  values: Map<string, GgufValue>;
  tensors: number;
  /** Elements of all tensors together. */
  parameters: number;
  /** Bytes of tensor data per tensor type, largest first. */
  bytesByType: Array<{ type: string; bytes: number }>;
  /** Where the tensor data begins. */
  dataStart: number;
  /** A file with fewer bytes is cut short. */
  minimumBytes: number;
}

export type GgufParse =
  | { kind: 'header'; header: GgufHeader }
  /** The header goes on after the given bytes. */
  | { kind: 'more' }
  | { kind: 'invalid'; reason: string };

const MAGIC = 0x46554747;
const MOST_VALUES = 65_536;
const MOST_TENSORS = 1_000_000;
const MOST_ELEMENTS = 2 ** 26;
const LONGEST_KEY = 65_535;
const LONGEST_STRING = 16 * 2 ** 20;
const KEPT_CHARACTERS = 1_024;
const LARGEST_FILE = 2 ** 50;

/** Reads a GGUF header from the first bytes of a file. Pure, bounded, total: any bytes at all give an answer. */
export function parseGgufHeader(bytes: Uint8Array): GgufParse {
  try {
    return { kind: 'header', header: readHeader(new GgufReader(bytes)) };
  } catch (error) {
    if (error instanceof NeedMoreBytes) return { kind: 'more' };
    if (error instanceof NotGguf) return { kind: 'invalid', reason: error.message };
    throw error;
  }
}

function readHeader(reader: GgufReader): GgufHeader {
  if (reader.u32() !== MAGIC) throw new NotGguf('the file does not begin with `GGUF`');
  const version = reader.u32();
  if (version !== 2 && version !== 3) throw new NotGguf(`GGUF version ${version} is not 2 or 3`);
  const tensors = reader.u64('the number of tensors', MOST_TENSORS);
  const count = reader.u64('the number of values', MOST_VALUES);
  const values = new Map<string, GgufValue>();
  for (let i = 0; i < count; i++) {
    const key = reader.string('a key', LONGEST_KEY);
    if (values.has(key)) throw new NotGguf(`the key \`${key.slice(0, 80)}\` is there twice`);
    values.set(key, readValue(reader, reader.u32()));
  }
  const alignment = values.get('general.alignment') ?? 32;
  if (typeof alignment !== 'number' || alignment < 8 || alignment % 8 !== 0 || alignment > 2 ** 20) {
    throw new NotGguf('general.alignment is not a multiple of 8');
  }
  return { version, values, tensors, ...readTensors(reader, tensors, alignment) };
}

function readValue(reader: GgufReader, type: number): GgufValue {
  switch (type) {
    case 0:
    case 1:
      return reader.u8();
    case 2:
    case 3:
      reader.skip(2);
      return 0;
    case 4:
      return reader.u32();
    case 5:
      return reader.i32();
    case 6:
      return reader.f32();
    case 7:
      return reader.u8() !== 0;
    case 8:
      return reader.string('a string', LONGEST_STRING).slice(0, KEPT_CHARACTERS);
    case 9:
      return readArray(reader);
    case 10:
      return reader.u64('a value', Number.MAX_SAFE_INTEGER);
    case 11:
      return reader.i64();
    case 12:
      return reader.f64();
    default:
      throw new NotGguf(`value type ${type} does not exist`);
  }
}

const FIXED_WIDTH: Readonly<Record<number, number>> = {
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

function readArray(reader: GgufReader): GgufValue {
  const type = reader.u32();
  const length = reader.u64('the length of an array', MOST_ELEMENTS);
  if (type === 8) {
    for (let i = 0; i < length; i++) reader.skip(reader.u64('the length of a string', LONGEST_STRING));
    return { array: length };
  }
  const width = FIXED_WIDTH[type];
  if (width === undefined) throw new NotGguf(`array type ${type} does not exist`);
  if (length === 0) return { array: 0 };
  // Some architectures give a number per layer where others give one; the first stands for all.
  const first = readValue(reader, type);
  reader.skip(width * (length - 1));
  return { array: length, ...(typeof first === 'number' && { first }) };
}

function readTensors(
  reader: GgufReader,
  count: number,
  alignment: number,
): Pick<GgufHeader, 'parameters' | 'bytesByType' | 'dataStart' | 'minimumBytes'> {
  let parameters = 0;
  let dataBytes = 0;
  const byType = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    const name = reader.string('a tensor name', LONGEST_KEY);
    const dimensions = reader.u32();
    if (dimensions > 8) throw new NotGguf(`tensor \`${name.slice(0, 80)}\` has ${dimensions} dimensions`);
    let elements = 1;
    for (let d = 0; d < dimensions; d++) elements *= reader.u64('a tensor dimension', 2 ** 40);
    const type = reader.u32();
    const offset = reader.u64('a tensor offset', LARGEST_FILE);
    if (offset % alignment !== 0) throw new NotGguf(`tensor \`${name.slice(0, 80)}\` is not aligned`);
    const kind = tensorType(type);
    const bytes = kind ? Math.ceil(elements / kind.elements) * kind.bytes : 0;
    parameters += elements;
    dataBytes = Math.max(dataBytes, offset + bytes);
    byType.set(kind?.name ?? `type-${type}`, (byType.get(kind?.name ?? `type-${type}`) ?? 0) + bytes);
  }
  const dataStart = Math.ceil(reader.at / alignment) * alignment;
  const minimumBytes = dataStart + dataBytes;
  if (!Number.isSafeInteger(parameters) || minimumBytes > LARGEST_FILE) {
    throw new NotGguf('the tensors are larger than any file');
  }
  return {
    parameters,
    bytesByType: [...byType].map(([type, bytes]) => ({ type, bytes })).sort((a, b) => b.bytes - a.bytes),
    dataStart,
    minimumBytes,
  };
}
