/** Thrown inside the parser only: the bytes at hand end before the header does. */
export class NeedMoreBytes extends Error {
  override readonly name = 'NeedMoreBytes';
}

/** Thrown inside the parser only: no bytes that follow could make this a GGUF. */
export class NotGguf extends Error {
  override readonly name = 'NotGguf';
}

const text = new TextDecoder();

/** Reads little-endian values one after another, never past the end and never a number JavaScript cannot hold. */
export class GgufReader {
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get at(): number {
    return this.#at;
  }

  skip(bytes: number): void {
    this.#take(bytes);
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  i32(): number {
    return this.#view.getInt32(this.#take(4), true);
  }

  f32(): number {
    return this.#view.getFloat32(this.#take(4), true);
  }

  f64(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  /** A count, length or offset; refused above `most`. */
  u64(what: string, most: number): number {
    const value = this.#view.getBigUint64(this.#take(8), true);
    if (value > BigInt(most)) throw new NotGguf(`${what} is ${value}, more than ${most}`);
    return Number(value);
  }

  i64(): number {
    return Number(this.#view.getBigInt64(this.#take(8), true));
  }

  string(what: string, most: number): string {
    const length = this.u64(`the length of ${what}`, most);
    const from = this.#take(length);
    return text.decode(new Uint8Array(this.#view.buffer, this.#view.byteOffset + from, length));
  }

  #take(bytes: number): number {
    const from = this.#at;
    if (from + bytes > this.#view.byteLength) throw new NeedMoreBytes();
    this.#at = from + bytes;
    return from;
  }
}
