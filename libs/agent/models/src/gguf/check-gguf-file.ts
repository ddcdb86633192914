import { open } from 'node:fs/promises';

import { FlotillaError } from '@flotilla/contracts';
import {
  adapterMisfit,
  checkAdapter,
  checkGgufBounds,
  parseGgufHeader,
  type GgufHeader,
} from '@flotilla/sizing';

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

/**
 * Reads the header of an adapter and proves that it can be applied to the model of another header: what does not fit
 * would end the engine's process. Throws `gguf-invalid` with the reason.
 */
export async function checkAdapterFile(path: string, base: GgufHeader): Promise<GgufHeader> {
  const adapter = await checkGgufFile(path);
  const problem = checkAdapter(adapter) ?? adapterMisfit({ adapter, base });
  if (problem === undefined) return adapter;
  throw new FlotillaError('gguf-invalid', `The adapter cannot be applied to this model: ${problem}.`, {
    details: { about: path, fix: 'Name an adapter in the release that was trained on this model.' },
  });
}

export function invalidGguf(path: string, reason: string, fix: string): FlotillaError {
  return new FlotillaError('gguf-invalid', `${path} is not a sound GGUF: ${reason}.`, {
    details: { about: path, fix },
  });
}

function invalid(path: string, reason: string): FlotillaError {
  return invalidGguf(path, reason, 'Import the file again from its origin.');
}
