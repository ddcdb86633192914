import { open } from 'node:fs/promises';

import { FlotillaError } from '@flotilla/contracts';
import { checkGgufBounds, parseGgufHeader, type GgufHeader } from '@flotilla/sizing';

/** Headers are mostly vocabulary: small models need less than this, large ones a second or third read. */
const FIRST_READ_BYTES = 4 * 1024 * 1024;

/**
 * Reads the header of a GGUF and proves that every tensor it names lies inside the file, before any engine sees it.
 * Throws `gguf-invalid` with the reason.
 */
export async function checkGgufFile(path: string): Promise<GgufHeader> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    for (let length = Math.min(size, FIRST_READ_BYTES); ;) {
      const bytes = Buffer.alloc(length);
      const { bytesRead } = await file.read(bytes, 0, length, 0);
      const parse = parseGgufHeader(bytes.subarray(0, bytesRead));
      if (parse.kind === 'invalid') throw invalid(path, parse.reason);
      if (parse.kind === 'header') {
        const problem = checkGgufBounds(parse.header, size);
        if (problem !== undefined) throw invalid(path, problem);
        return parse.header;
      }
      if (parse.neededBytes > size) throw invalid(path, 'it ends inside its header: it is truncated');
      length = Math.min(size, Math.max(parse.neededBytes, length * 2));
    }
  } finally {
    await file.close();
  }
}

function invalid(path: string, reason: string): FlotillaError {
  return new FlotillaError('gguf-invalid', `${path} is not a sound GGUF: ${reason}.`, {
    details: { about: path, fix: 'Import the file again from its origin.' },
  });
}
