import type { GgufFacts } from '@flotilla/contracts';
import { FlotillaError, LIMITS } from '@flotilla/contracts';
import { factsOfHeader } from './gguf-facts.ts';
import { parseGgufHeader, type GgufHeader } from './parse-gguf-header.ts';
import type { Hashing } from './ports.ts';

const FIRST_TRY_BYTES = 256 * 1024;
/** The largest vocabularies make headers of some 20 MiB. */
const LARGEST_HEADER = 64 * 2 ** 20;

/**
 * Passes a GGUF's bytes on while it hashes them in chunks and reads the header, so that nonsense is refused before
 * it is stored and a file is read once. `facts` and `chunks` are complete when the bytes are.
 */
export class GgufPassage {
  readonly #hashing: Hashing;
  readonly #chunks: string[] = [];
  #chunk: ReturnType<Hashing['start']>;
  #chunkBytes = 0;
  #bytes = 0;
  #head: Uint8Array[] = [];
  #nextTry = FIRST_TRY_BYTES;
  #header: GgufHeader | undefined;

  constructor(hashing: Hashing) {
    this.#hashing = hashing;
    this.#chunk = hashing.start();
  }

  /** Throws `gguf-invalid` as soon as the bytes cannot be a sound GGUF any more. */
  async *through(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of source) {
      this.#hash(piece);
      if (this.#header === undefined) this.#collect(piece);
      yield piece;
    }
    if (this.#header === undefined) this.#read(true);
    const needed = this.#header?.minimumBytes ?? 0;
    if (this.#bytes < needed) {
      throw invalid(`the file is cut short: it has ${this.#bytes} bytes, its tensors end at ${needed}`);
    }
    if (this.#chunkBytes > 0) this.#closeChunk();
  }

  get chunks(): readonly string[] {
    return this.#chunks;
  }

  facts(): GgufFacts {
    const outcome = this.#header
      ? factsOfHeader(this.#header)
      : { ok: false as const, reason: 'it was not read' };
    if (!outcome.ok) throw invalid(outcome.reason);
    return outcome.facts;
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
    this.#chunk = this.#hashing.start();
    this.#chunkBytes = 0;
  }

  #collect(piece: Uint8Array): void {
    // Copied: the source may use its buffer again.
    this.#head.push(piece.slice());
    if (this.#bytes >= this.#nextTry) this.#read(false);
  }

  #read(isAll: boolean): void {
    const head = joined(this.#head);
    this.#head = [head];
    const parse = parseGgufHeader(head);
    switch (parse.kind) {
      case 'header':
        this.#header = parse.header;
        this.#head = [];
        this.facts();
        return;
      case 'invalid':
        throw invalid(parse.reason);
      case 'more':
        if (isAll) throw invalid('the file ends inside its header');
        if (head.length >= LARGEST_HEADER) throw invalid(`its header is longer than ${LARGEST_HEADER} bytes`);
        this.#nextTry = head.length * 2;
    }
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

function invalid(reason: string): FlotillaError {
  return new FlotillaError('gguf-invalid', `not a sound GGUF file: ${reason}`, {
    details: { fix: 'import a whole, single-file GGUF of version 2 or 3' },
  });
}
