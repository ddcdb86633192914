import { FlotillaError } from '@flotilla/contracts';
import { parseGgufHeader, type GgufHeader } from '@flotilla/sizing';
import type { BlobStore } from './ports.ts';

const FIRST_TRY_BYTES = 256 * 1024;
/** The largest vocabularies make headers of some 20 MiB. */
const LARGEST_HEADER = 64 * 2 ** 20;

/** Reads a GGUF header from the bytes of a file as they come, in as few tries as it can. */
export class HeaderReading {
  #head: Uint8Array[] = [];
  #bytes = 0;
  #nextTry = FIRST_TRY_BYTES;

  /** The header once it is whole. Throws `gguf-invalid` as soon as the bytes cannot be a sound one. */
  add(piece: Uint8Array): GgufHeader | undefined {
    // Copied: the source may use its buffer again.
    this.#head.push(piece.slice());
    this.#bytes += piece.length;
    return this.#bytes >= this.#nextTry ? this.#read() : undefined;
  }

  /** No more bytes come. */
  end(): GgufHeader {
    return this.#read() ?? refuse('the file ends inside its header');
  }

  #read(): GgufHeader | undefined {
    const head = joined(this.#head);
    this.#head = [head];
    const parse = parseGgufHeader(head);
    switch (parse.kind) {
      case 'header':
        this.#head = [];
        return parse.header;
      case 'invalid':
        return refuse(parse.reason);
      case 'incomplete':
        if (parse.neededBytes > LARGEST_HEADER) refuse(`its header is longer than ${LARGEST_HEADER} bytes`);
        this.#nextTry = Math.max(parse.neededBytes, head.length * 2);
        return undefined;
    }
  }
}

/** The header of a file that is kept. Throws `not-found`. */
export async function readBlobHeader({
  blobs,
  digest,
}: {
  blobs: Pick<BlobStore, 'open'>;
  digest: string;
}): Promise<GgufHeader> {
  const reading = new HeaderReading();
  for await (const piece of await blobs.open({ digest })) {
    const header = reading.add(piece);
    if (header !== undefined) return header;
  }
  return reading.end();
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

/** @throws FlotillaError `gguf-invalid` */
export function refuse(reason: string): never {
  throw new FlotillaError('gguf-invalid', `Not a sound GGUF file: ${reason}.`, {
    details: { fix: 'Import a whole, single-file GGUF of version 2 or 3.' },
  });
}
