/** Thrown inside the parser only: the bytes end before the header does. */
export class HeaderCut extends Error {
  readonly neededBytes: number;
  constructor(neededBytes: number) {
    super(`the header reaches to byte ${neededBytes} at least`);
    this.neededBytes = neededBytes;
  }
}

/** Thrown inside the parser only: no further bytes could make this a sound header; the message says why. */
export class HeaderUnsound extends Error {}

const utf8 = new TextDecoder();
/** Longest single string; chat templates reach some hundred kilobytes. */
const LONGEST_STRING = 16 * 1024 * 1024;

/** A cursor over little-endian GGUF bytes. Throws HeaderCut at their end. */
export class GgufReader {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  offset = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The offset before the next `length` bytes, which are then passed. */
  skip(length: number): number {
    const start = this.offset;
    if (start + length > this.bytes.length) throw new HeaderCut(start + length);
    this.offset = start + length;
    return start;
  }

  u8 = (): number => this.view.getUint8(this.skip(1));
  i8 = (): number => this.view.getInt8(this.skip(1));
  u16 = (): number => this.view.getUint16(this.skip(2), true);
  i16 = (): number => this.view.getInt16(this.skip(2), true);
  u32 = (): number => this.view.getUint32(this.skip(4), true);
  i32 = (): number => this.view.getInt32(this.skip(4), true);
  f32 = (): number => this.view.getFloat32(this.skip(4), true);
  f64 = (): number => this.view.getFloat64(this.skip(8), true);
  u64 = (): number => exact(this.view.getBigUint64(this.skip(8), true));
  i64 = (): number => exact(this.view.getBigInt64(this.skip(8), true));

  string(): string {
    const length = this.stringLength();
    const start = this.skip(length);
    return utf8.decode(this.bytes.subarray(start, start + length));
  }

  skipString(): void {
    this.skip(this.stringLength());
  }

  private stringLength(): number {
    const length = this.u64();
    if (length > LONGEST_STRING) throw new HeaderUnsound(`a string claims ${length} bytes`);
    return length;
  }
}

function exact(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER) || value < -BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new HeaderUnsound(`the number ${value} is out of range`);
  }
  return Number(value);
}
