import { FlotillaError, GgufFacts, LIMITS } from '@flotilla/contracts';
import { checkGgufBounds, ggufFacts, parseGgufHeader, type GgufHeader } from '@flotilla/sizing';
import { checkLoadable } from './loadable/check-loadable.ts';
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
    this.#checked(this.#header ?? this.#read(true), this.#bytes);
    if (this.#chunkBytes > 0) this.#closeChunk();
  }

  get chunks(): readonly string[] {
    return this.#chunks;
  }

  facts(): GgufFacts {
    const facts = GgufFacts.safeParse(ggufFacts(this.#checked(this.#header, this.#bytes)));
    if (!facts.success) throw invalid('its header states values that no model has');
    return facts.data;
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

  #read(isAll: boolean): GgufHeader | undefined {
    const head = joined(this.#head);
    this.#head = [head];
    const parse = parseGgufHeader(head);
    switch (parse.kind) {
      case 'header':
        this.#header = this.#checked(parse.header, Number.MAX_SAFE_INTEGER);
        this.#head = [];
        return this.#header;
      case 'invalid':
        throw invalid(parse.reason);
      case 'incomplete':
        if (isAll) throw invalid('the file ends inside its header');
        if (parse.neededBytes > LARGEST_HEADER) {
          throw invalid(`its header is longer than ${LARGEST_HEADER} bytes`);
        }
        this.#nextTry = Math.max(parse.neededBytes, head.length * 2);
        return undefined;
    }
  }

  #checked(header: GgufHeader | undefined, fileBytes: number): GgufHeader {
    if (header === undefined) throw invalid('it was not read to its end');
    const { metadata } = header;
    if (typeof metadata.get('general.architecture') !== 'string') throw invalid('it names no architecture');
    const parts = metadata.get('split.count');
    if (typeof parts === 'number' && parts > 1) {
      throw invalid(`it is one part of ${parts}: merge the parts into one file first`);
    }
    const unsound = checkGgufBounds(header, fileBytes);
    if (unsound !== undefined) throw invalid(unsound);
    const useless = checkLoadable(header);
    if (useless !== undefined) throw unloadable(useless);
    return header;
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
  return new FlotillaError('gguf-invalid', `Not a sound GGUF file: ${reason}.`, {
    details: { fix: 'Import a whole, single-file GGUF of version 2 or 3.' },
  });
}

function unloadable(reason: string): FlotillaError {
  return new FlotillaError('gguf-invalid', `No agent could load this GGUF: ${reason}.`, {
    details: { fix: 'Convert or download the model again, and check that it is a whole one.' },
  });
}
