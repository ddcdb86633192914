import { LIMITS } from '@flotilla/contracts';
import { checkGgufBounds, type GgufHeader } from '@flotilla/sizing';
import { HeaderReading, refuse } from './header-reading.ts';
import type { Hashing } from './ports.ts';

export interface GgufPassageOptions {
  hashing: Hashing;
  /** Throws where the header, sound by itself, is of no use; called before the bytes behind it are passed on. */
  check: (header: GgufHeader) => void;
}

/**
 * Passes a GGUF's bytes on while it hashes them in chunks and reads the header, so that nonsense is refused before
 * it is stored and a file is read once. `header` and `chunks` are complete when the bytes are.
 */
export class GgufPassage {
  readonly #options: GgufPassageOptions;
  readonly #chunks: string[] = [];
  readonly #reading = new HeaderReading();
  #chunk: ReturnType<Hashing['start']>;
  #chunkBytes = 0;
  #bytes = 0;
  #header: GgufHeader | undefined;

  constructor(options: GgufPassageOptions) {
    this.#options = options;
    this.#chunk = options.hashing.start();
  }

  /** Throws `gguf-invalid` as soon as the bytes cannot be a sound GGUF any more. */
  async *through(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of source) {
      this.#hash(piece);
      if (this.#header === undefined) this.#take(this.#reading.add(piece));
      yield piece;
    }
    if (this.#header === undefined) this.#take(this.#reading.end());
    checkBounds(this.header, this.#bytes);
    if (this.#chunkBytes > 0) this.#closeChunk();
  }

  get chunks(): readonly string[] {
    return this.#chunks;
  }

  get header(): GgufHeader {
    return this.#header ?? refuse('it was not read to its end');
  }

  #take(header: GgufHeader | undefined): void {
    if (header === undefined) return;
    const { metadata } = header;
    if (typeof metadata.get('general.architecture') !== 'string') refuse('it names no architecture');
    const parts = metadata.get('split.count');
    if (typeof parts === 'number' && parts > 1) {
      refuse(`it is one part of ${parts}: merge the parts into one file first`);
    }
    checkBounds(header, Number.MAX_SAFE_INTEGER);
    this.#options.check(header);
    this.#header = header;
  }

  #hash(piece: Uint8Array): void {
    this.#bytes += piece.length;
    for (let from = 0; from < piece.length;) {
      const part = piece.subarray(from, from + LIMITS.chunkBytes - this.#chunkBytes);
      this.#chunk.update(part);
      this.#chunkBytes += part.length;
      from += part.length;
      if (this.#chunkBytes === LIMITS.chunkBytes) this.#closeChunk();
    }
  }

  #closeChunk(): void {
    this.#chunks.push(this.#chunk.digest());
    this.#chunk = this.#options.hashing.start();
    this.#chunkBytes = 0;
  }
}

function checkBounds(header: GgufHeader, fileBytes: number): void {
  const unsound = checkGgufBounds(header, fileBytes);
  if (unsound !== undefined) refuse(unsound);
}
